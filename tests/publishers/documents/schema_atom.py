"""Atom as a RELAX NG schema: the part of RFC 4287, appendix B, that a feed of ours may use.

Closed where the RFC is open to foreign markup, so that anything not meant is found.
"""

from __future__ import annotations

from lxml import etree

_SOURCE = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom"
         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start><ref name="feed"/></start>
  <define name="common">
    <optional><attribute name="xml:lang" ns=""><data type="language"/></attribute></optional>
  </define>
  <define name="text">
    <optional><attribute name="type" ns="">
      <choice><value>text</value><value>html</value></choice>
    </attribute></optional>
    <text/>
  </define>
  <define name="uri">
    <data type="anyURI"><param name="pattern">\\S+</param></data>
  </define>
  <define name="date">
    <data type="dateTime">
      <param name="pattern">[^ ]+T[^ ]+(Z|[+\\-][0-9]{2}:[0-9]{2})</param>
    </data>
  </define>
  <define name="person">
    <interleave>
      <element name="name"><data type="string"><param name="minLength">1</param></data></element>
      <optional><element name="uri"><ref name="uri"/></element></optional>
      <optional><element name="email"><data type="string"/></element></optional>
    </interleave>
  </define>
  <define name="link">
    <element name="link">
      <attribute name="href" ns=""><ref name="uri"/></attribute>
      <optional><attribute name="rel" ns=""><data type="NCName"/></attribute></optional>
      <optional><attribute name="type" ns="">
        <data type="string"><param name="pattern">.+/.+</param></data>
      </attribute></optional>
      <empty/>
    </element>
  </define>
  <define name="id"><element name="id"><ref name="uri"/></element></define>
  <define name="title"><element name="title"><ref name="text"/></element></define>
  <define name="updated"><element name="updated"><ref name="date"/></element></define>
  <define name="feed">
    <element name="feed">
      <ref name="common"/>
      <interleave>
        <oneOrMore><element name="author"><ref name="person"/></element></oneOrMore>
        <optional><element name="generator"><text/></element></optional>
        <ref name="id"/>
        <oneOrMore><ref name="link"/></oneOrMore>
        <optional><element name="subtitle"><ref name="text"/></element></optional>
        <ref name="title"/>
        <ref name="updated"/>
        <zeroOrMore><ref name="entry"/></zeroOrMore>
      </interleave>
    </element>
  </define>
  <define name="entry">
    <element name="entry">
      <interleave>
        <zeroOrMore><element name="category">
          <attribute name="term" ns=""/>
          <optional><attribute name="label" ns=""/></optional>
          <empty/>
        </element></zeroOrMore>
        <element name="content">
          <attribute name="type" ns=""><value>html</value></attribute><text/>
        </element>
        <ref name="id"/>
        <oneOrMore><ref name="link"/></oneOrMore>
        <optional><element name="published"><ref name="date"/></element></optional>
        <ref name="title"/>
        <ref name="updated"/>
      </interleave>
    </element>
  </define>
</grammar>
"""

ATOM_SCHEMA = etree.RelaxNG(etree.fromstring(_SOURCE))
