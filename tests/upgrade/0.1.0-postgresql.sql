--
-- PostgreSQL database dump
--

\restrict a1wtiVxavokezUzHHndwRnYfxLfGj2PbEHAKQzIWIPRM2nX4kU4YfU1DXQEtWhD

-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: affected_components; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.affected_components (
    incident_id character varying(12) NOT NULL,
    component_id character varying(12) NOT NULL,
    "position" integer NOT NULL,
    name json NOT NULL,
    status character varying(40) NOT NULL,
    planned character varying(40),
    holding boolean NOT NULL
);


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: attached_answers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attached_answers (
    id integer NOT NULL,
    key character varying(120) NOT NULL,
    component_id character varying(12) NOT NULL,
    fields json NOT NULL,
    at timestamp with time zone NOT NULL
);


--
-- Name: attached_answers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.attached_answers_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: attached_answers_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.attached_answers_id_seq OWNED BY public.attached_answers.id;


--
-- Name: channels; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.channels (
    name character varying(40) NOT NULL,
    state character varying(40) NOT NULL,
    why text NOT NULL,
    since timestamp with time zone NOT NULL
);


--
-- Name: component_changes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.component_changes (
    id integer NOT NULL,
    component_id character varying(12) NOT NULL,
    at timestamp with time zone NOT NULL,
    old_status character varying(40) NOT NULL,
    new_status character varying(40) NOT NULL,
    incident_id character varying(12)
);


--
-- Name: component_changes_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.component_changes_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: component_changes_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.component_changes_id_seq OWNED BY public.component_changes.id;


--
-- Name: component_groups; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.component_groups (
    id character varying(12) NOT NULL,
    key character varying(80) NOT NULL,
    name json NOT NULL,
    description json NOT NULL,
    "position" integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);


--
-- Name: components; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.components (
    id character varying(12) NOT NULL,
    key character varying(80) NOT NULL,
    name json NOT NULL,
    description json NOT NULL,
    group_id character varying(12),
    "position" integer NOT NULL,
    status character varying(40) NOT NULL,
    status_since timestamp with time zone NOT NULL,
    hidden boolean NOT NULL,
    only_show_if_degraded boolean NOT NULL,
    start_date date,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);


--
-- Name: corrections; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.corrections (
    id integer NOT NULL,
    update_id character varying(12) NOT NULL,
    at timestamp with time zone NOT NULL,
    before json NOT NULL,
    reason json NOT NULL,
    author_id character varying(12) NOT NULL
);


--
-- Name: corrections_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.corrections_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: corrections_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.corrections_id_seq OWNED BY public.corrections.id;


--
-- Name: deliveries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.deliveries (
    id integer NOT NULL,
    publication_id character varying(12) NOT NULL,
    channel character varying(40) NOT NULL,
    recipient character varying(254) NOT NULL,
    state character varying(40) NOT NULL,
    thread character varying(12) NOT NULL,
    seq integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    not_before timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    attempts integer NOT NULL,
    lease_until timestamp with time zone,
    claimed_by character varying(60),
    text text,
    fallback boolean NOT NULL,
    standalone boolean NOT NULL,
    remote_id character varying(255),
    remote_url text,
    remote_extra json NOT NULL,
    error text,
    sent_at timestamp with time zone,
    settled_at timestamp with time zone,
    look_at timestamp with time zone,
    looks integer NOT NULL
);


--
-- Name: deliveries_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.deliveries_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: deliveries_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.deliveries_id_seq OWNED BY public.deliveries.id;


--
-- Name: drafts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.drafts (
    id character varying(12) NOT NULL,
    action character varying(40) NOT NULL,
    input json NOT NULL,
    incident_id character varying(12),
    version integer,
    why text NOT NULL,
    author_id character varying(12) NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events (
    seq integer NOT NULL,
    at timestamp with time zone NOT NULL,
    kind character varying(40) NOT NULL,
    operator_id character varying(12),
    incident_id character varying(12),
    months character varying(120) NOT NULL,
    public boolean NOT NULL,
    data json NOT NULL
);


--
-- Name: incident_updates; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.incident_updates (
    id character varying(12) NOT NULL,
    incident_id character varying(12) NOT NULL,
    number integer NOT NULL,
    key character varying(80),
    status character varying(40) NOT NULL,
    texts json NOT NULL,
    template character varying(120),
    fields json NOT NULL,
    figures json NOT NULL,
    answers json NOT NULL,
    still_cannot json NOT NULL,
    next_update_by timestamp with time zone,
    late_by integer,
    internal_note text NOT NULL,
    origin character varying(40) NOT NULL,
    author_id character varying(12) NOT NULL,
    at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone,
    retracted_at timestamp with time zone,
    retraction_reason json NOT NULL
);


--
-- Name: incidents; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.incidents (
    id character varying(12) NOT NULL,
    number integer NOT NULL,
    key character varying(80),
    kind character varying(40) NOT NULL,
    name json NOT NULL,
    status character varying(40) NOT NULL,
    impact character varying(40) NOT NULL,
    origin character varying(40) NOT NULL,
    backdated boolean NOT NULL,
    started_at timestamp with time zone NOT NULL,
    month character varying(7) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    monitoring_at timestamp with time zone,
    resolved_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    closed_at timestamp with time zone,
    scheduled_for timestamp with time zone,
    scheduled_until timestamp with time zone,
    starts_itself boolean NOT NULL,
    ends_itself boolean NOT NULL,
    next_update_by timestamp with time zone,
    notice_id character varying(12),
    version integer NOT NULL,
    updated_by character varying(12) NOT NULL
);


--
-- Name: operators; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.operators (
    id character varying(12) NOT NULL,
    login character varying(120) NOT NULL,
    name character varying(120) NOT NULL,
    role character varying(40) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone
);


--
-- Name: page; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.page (
    id character varying(12) NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: publications; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.publications (
    id character varying(12) NOT NULL,
    kind character varying(40) NOT NULL,
    incident_id character varying(12) NOT NULL,
    update_id character varying(12),
    update_number integer,
    event_seq integer NOT NULL,
    at timestamp with time zone NOT NULL,
    name json NOT NULL,
    status character varying(40) NOT NULL,
    texts json NOT NULL,
    reason json NOT NULL,
    figures json NOT NULL,
    next_update_by timestamp with time zone,
    origin character varying(40) NOT NULL,
    reference character varying(40) NOT NULL
);


--
-- Name: shown_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.shown_events (
    target character varying(120) NOT NULL,
    event_seq integer NOT NULL,
    at timestamp with time zone NOT NULL
);


--
-- Name: update_components; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.update_components (
    update_id character varying(12) NOT NULL,
    component_id character varying(12) NOT NULL,
    "position" integer NOT NULL,
    name json NOT NULL,
    old_status character varying(40) NOT NULL,
    new_status character varying(40) NOT NULL
);


--
-- Name: attached_answers id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attached_answers ALTER COLUMN id SET DEFAULT nextval('public.attached_answers_id_seq'::regclass);


--
-- Name: component_changes id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.component_changes ALTER COLUMN id SET DEFAULT nextval('public.component_changes_id_seq'::regclass);


--
-- Name: corrections id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.corrections ALTER COLUMN id SET DEFAULT nextval('public.corrections_id_seq'::regclass);


--
-- Name: deliveries id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliveries ALTER COLUMN id SET DEFAULT nextval('public.deliveries_id_seq'::regclass);


--
-- Data for Name: affected_components; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.affected_components VALUES ('xcs3gbb55rdn', '11uob7lso57k', 0, '{"it": "Accesso", "en": "Sign-in"}', 'partial_outage', NULL, false);
INSERT INTO public.affected_components VALUES ('zaze4zyyov2z', 'efkhva4tnwyr', 0, '{"it": "Portafoglio", "en": "Wallet"}', 'operational', NULL, false);
INSERT INTO public.affected_components VALUES ('4o0efwdz9u9m', 'efkhva4tnwyr', 0, '{"it": "Portafoglio", "en": "Wallet"}', 'operational', NULL, true);
INSERT INTO public.affected_components VALUES ('sp8hym7tixe7', '11uob7lso57k', 0, '{"it": "Accesso", "en": "Sign-in"}', 'degraded_performance', NULL, true);
INSERT INTO public.affected_components VALUES ('lgqix2m8mdtk', 'efkhva4tnwyr', 0, '{"it": "Portafoglio", "en": "Wallet"}', 'operational', 'under_maintenance', false);
INSERT INTO public.affected_components VALUES ('wz2ouxoqocs4', 'cqewfdg70awp', 0, '{"it": "Messaggi", "en": "Messages"}', 'partial_outage', NULL, true);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0001');


--
-- Data for Name: attached_answers; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.attached_answers VALUES (1, 'is-my-data-safe', '', '{}', '2020-12-07 11:24:00+00');


--
-- Data for Name: channels; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.channels VALUES ('log', 'paused', 'prova dei canali', '2020-12-07 11:27:00+00');


--
-- Data for Name: component_changes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.component_changes VALUES (1, 'efkhva4tnwyr', '2020-12-07 11:00:00+00', 'operational', 'operational', NULL);
INSERT INTO public.component_changes VALUES (2, '11uob7lso57k', '2020-12-07 11:00:00+00', 'operational', 'operational', NULL);
INSERT INTO public.component_changes VALUES (3, 'cqewfdg70awp', '2020-12-07 11:00:00+00', 'operational', 'operational', NULL);
INSERT INTO public.component_changes VALUES (4, '11uob7lso57k', '2020-12-06 15:00:00+00', 'operational', 'partial_outage', 'xcs3gbb55rdn');
INSERT INTO public.component_changes VALUES (5, '11uob7lso57k', '2020-12-06 17:00:00+00', 'partial_outage', 'operational', 'xcs3gbb55rdn');
INSERT INTO public.component_changes VALUES (6, 'efkhva4tnwyr', '2020-12-07 11:01:00+00', 'operational', 'major_outage', '4o0efwdz9u9m');
INSERT INTO public.component_changes VALUES (7, 'efkhva4tnwyr', '2020-12-07 11:09:00+00', 'major_outage', 'operational', '4o0efwdz9u9m');
INSERT INTO public.component_changes VALUES (8, '11uob7lso57k', '2020-12-07 11:20:00+00', 'operational', 'degraded_performance', 'sp8hym7tixe7');
INSERT INTO public.component_changes VALUES (9, 'cqewfdg70awp', '2020-12-07 11:26:00+00', 'operational', 'partial_outage', 'wz2ouxoqocs4');


--
-- Data for Name: component_groups; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.component_groups VALUES ('ukffmkw77b5r', 'money', '{"it": "Pagamenti", "en": "Payments"}', '{}', 1, '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00');


--
-- Data for Name: components; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.components VALUES ('efkhva4tnwyr', 'wallet', '{"it": "Portafoglio", "en": "Wallet"}', '{}', 'ukffmkw77b5r', 1, 'operational', '2020-12-07 11:09:00+00', false, false, '2020-12-07', '2020-12-07 11:00:00+00', '2020-12-07 11:09:00+00');
INSERT INTO public.components VALUES ('11uob7lso57k', 'login', '{"it": "Accesso", "en": "Sign-in"}', '{}', NULL, 2, 'degraded_performance', '2020-12-07 11:20:00+00', false, false, '2020-12-07', '2020-12-07 11:00:00+00', '2020-12-07 11:20:00+00');
INSERT INTO public.components VALUES ('cqewfdg70awp', 'messages', '{"it": "Messaggi", "en": "Messages"}', '{}', NULL, 3, 'partial_outage', '2020-12-07 11:26:00+00', true, false, '2020-12-07', '2020-12-07 11:00:00+00', '2020-12-07 11:26:00+00');


--
-- Data for Name: corrections; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.corrections VALUES (1, '1suzi6hsfatd', '2020-12-07 11:06:00+00', '{"it": {"headline": "Novit\u00e0", "short": "Novit\u00e0 in breve", "body": "Novit\u00e0 per esteso."}, "en": {"headline": "Novit\u00e0!", "short": "Novit\u00e0 in short", "body": "Novit\u00e0 at length."}}', '{"it": "L\u2019orario era sbagliato", "en": "The time was wrong"}', 'o8grp4jrupcf');


--
-- Data for Name: deliveries; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.deliveries VALUES (1, 'r242dboc67j2', 'x', '', 'sent', 'zaze4zyyov2z', 11, '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00', '2020-12-07 12:00:00+00', 1, NULL, NULL, 'Guasto in breve', false, false, '101', 'https://x.com/i/status/101', '{}', NULL, '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00', '2020-12-07 11:00:20+00', 0);
INSERT INTO public.deliveries VALUES (2, 'r242dboc67j2', 'log', '', 'verified', 'zaze4zyyov2z', 11, '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00', '2020-12-07 12:00:00+00', 1, NULL, NULL, 'Lavori in short
https://stato.example.it/en/incidents/zaze4zyyov2z/?u=1', false, false, 'r242dboc67j2-log', NULL, '{}', NULL, '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00', NULL, 1);
INSERT INTO public.deliveries VALUES (3, 'asyo09s67i8w', 'x', '', 'sent', '4o0efwdz9u9m', 14, '2020-12-07 11:01:00+00', '2020-12-07 11:01:00+00', '2020-12-07 11:01:00+00', '2020-12-08 11:01:00+00', 1, NULL, NULL, 'Guasto in breve', false, false, '102', 'https://x.com/i/status/102', '{}', NULL, '2020-12-07 11:01:00+00', '2020-12-07 11:01:00+00', '2020-12-07 11:01:20+00', 0);
INSERT INTO public.deliveries VALUES (4, 'asyo09s67i8w', 'log', '', 'verified', '4o0efwdz9u9m', 14, '2020-12-07 11:01:00+00', '2020-12-07 11:01:00+00', '2020-12-07 11:01:00+00', '2020-12-08 11:01:00+00', 1, NULL, NULL, 'Guasto in short
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=1', false, false, 'asyo09s67i8w-log', NULL, '{}', NULL, '2020-12-07 11:01:00+00', '2020-12-07 11:01:00+00', NULL, 1);
INSERT INTO public.deliveries VALUES (5, 'sdaeeiqcszda', 'x', '', 'sent', '4o0efwdz9u9m', 16, '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-08 11:05:00+00', 1, NULL, NULL, 'Guasto in breve', false, false, '103', 'https://x.com/i/status/103', '{}', NULL, '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-07 11:05:20+00', 0);
INSERT INTO public.deliveries VALUES (6, 'sdaeeiqcszda', 'log', '', 'verified', '4o0efwdz9u9m', 16, '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-08 11:05:00+00', 1, NULL, NULL, 'Novità in short
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=2', false, false, 'sdaeeiqcszda-log', NULL, '{}', NULL, '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', NULL, 1);
INSERT INTO public.deliveries VALUES (8, '5xhgegel4fnh', 'log', '', 'verified', '4o0efwdz9u9m', 17, '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-08 11:05:00+00', 1, NULL, NULL, 'We know of no data lost or seen by others. If this changes, we will write it here. Give nobody your password, PIN or codes: we do not ask for them.
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=2', false, false, '5xhgegel4fnh-log', NULL, '{}', NULL, '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', NULL, 1);
INSERT INTO public.deliveries VALUES (7, '5xhgegel4fnh', 'x', '', 'failed', '4o0efwdz9u9m', 17, '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-08 11:05:00+00', 1, NULL, NULL, NULL, false, false, NULL, NULL, '{}', 'the network refuses this text', NULL, '2020-12-07 11:06:00+00', NULL, 0);
INSERT INTO public.deliveries VALUES (10, 'kuu1e2ho3n5b', 'log', '', 'verified', '4o0efwdz9u9m', 19, '2020-12-07 11:06:00+00', '2020-12-07 11:06:00+00', '2020-12-07 11:06:00+00', '2020-12-08 11:06:00+00', 1, NULL, NULL, 'Correction: Corretto in short
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=2', false, false, 'kuu1e2ho3n5b-log', NULL, '{}', NULL, '2020-12-07 11:06:00+00', '2020-12-07 11:06:00+00', NULL, 1);
INSERT INTO public.deliveries VALUES (9, 'kuu1e2ho3n5b', 'x', '', 'superseded', '4o0efwdz9u9m', 19, '2020-12-07 11:06:00+00', '2020-12-07 11:06:00+00', '2020-12-07 11:06:00+00', '2020-12-08 11:06:00+00', 0, NULL, NULL, NULL, false, false, NULL, NULL, '{}', 'a later update of the same thread says the latest state', NULL, '2020-12-07 11:09:00+00', NULL, 0);
INSERT INTO public.deliveries VALUES (11, 'lp7lmtfslaaq', 'x', '', 'sent', '4o0efwdz9u9m', 20, '2020-12-07 11:09:00+00', '2020-12-07 11:09:00+00', '2020-12-07 11:09:00+00', '2020-12-08 11:09:00+00', 1, NULL, NULL, 'Guasto in breve', false, false, '104', 'https://x.com/i/status/104', '{}', NULL, '2020-12-07 11:09:00+00', '2020-12-07 11:09:00+00', '2020-12-07 11:09:20+00', 0);
INSERT INTO public.deliveries VALUES (12, 'lp7lmtfslaaq', 'log', '', 'verified', '4o0efwdz9u9m', 20, '2020-12-07 11:09:00+00', '2020-12-07 11:09:00+00', '2020-12-07 11:09:00+00', '2020-12-08 11:09:00+00', 1, NULL, NULL, 'Fatto in short
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=3', false, false, 'lp7lmtfslaaq-log', NULL, '{}', NULL, '2020-12-07 11:09:00+00', '2020-12-07 11:09:00+00', NULL, 1);
INSERT INTO public.deliveries VALUES (13, 'a0askydpbg6s', 'x', '', 'sent', 'sp8hym7tixe7', 22, '2020-12-07 11:20:00+00', '2020-12-07 11:20:00+00', '2020-12-07 11:20:00+00', '2020-12-08 11:20:00+00', 1, NULL, NULL, 'Guasto in breve', false, false, '105', 'https://x.com/i/status/105', '{}', NULL, '2020-12-07 11:20:00+00', '2020-12-07 11:20:00+00', '2020-12-07 11:20:20+00', 0);
INSERT INTO public.deliveries VALUES (14, 'a0askydpbg6s', 'log', '', 'verified', 'sp8hym7tixe7', 22, '2020-12-07 11:20:00+00', '2020-12-07 11:20:00+00', '2020-12-07 11:20:00+00', '2020-12-08 11:20:00+00', 1, NULL, NULL, 'Guasto in short
https://stato.example.it/en/incidents/sp8hym7tixe7/?u=1', false, false, 'a0askydpbg6s-log', NULL, '{}', NULL, '2020-12-07 11:20:00+00', '2020-12-07 11:20:00+00', NULL, 1);
INSERT INTO public.deliveries VALUES (15, 'vux5g1vbi4f6', 'x', '', 'unconfirmed', 'sp8hym7tixe7', 24, '2020-12-07 11:22:00+00', '2020-12-07 11:22:00+00', '2020-12-07 11:22:00+00', '2020-12-08 11:22:00+00', 1, NULL, NULL, NULL, false, false, NULL, NULL, '{}', 'the connection was cut', NULL, '2020-12-07 11:22:00+00', '2020-12-07 11:22:00+00', 0);
INSERT INTO public.deliveries VALUES (18, 'csx127xzq89b', 'log', '', 'sent', 'lgqix2m8mdtk', 25, '2020-12-07 11:23:00+00', '2020-12-07 11:23:00+00', '2020-12-07 11:23:00+00', '2020-12-09 11:00:00+00', 1, NULL, NULL, 'Lavori in short
https://stato.example.it/en/incidents/lgqix2m8mdtk/?u=1', false, false, 'csx127xzq89b-log', NULL, '{}', NULL, '2020-12-07 11:23:00+00', '2020-12-07 11:23:00+00', '2020-12-07 11:23:20+00', 0);
INSERT INTO public.deliveries VALUES (16, 'vux5g1vbi4f6', 'log', '', 'verified', 'sp8hym7tixe7', 24, '2020-12-07 11:22:00+00', '2020-12-07 11:22:00+00', '2020-12-07 11:22:00+00', '2020-12-08 11:22:00+00', 1, NULL, NULL, 'Novità in short
https://stato.example.it/en/incidents/sp8hym7tixe7/?u=2', false, false, 'vux5g1vbi4f6-log', NULL, '{}', NULL, '2020-12-07 11:22:00+00', '2020-12-07 11:22:00+00', NULL, 1);
INSERT INTO public.deliveries VALUES (17, 'csx127xzq89b', 'x', '', 'sending', 'lgqix2m8mdtk', 25, '2020-12-07 11:23:00+00', '2020-12-07 11:23:00+00', '2020-12-07 11:23:00+00', '2020-12-09 11:00:00+00', 1, '2020-12-07 11:24:30+00', 'old:1:1', NULL, false, false, NULL, NULL, '{}', NULL, NULL, NULL, NULL, 0);
INSERT INTO public.deliveries VALUES (19, 'kv6juck3wlue', 'x', '', 'pending', 'wz2ouxoqocs4', 28, '2020-12-07 11:26:00+00', '2020-12-07 11:26:00+00', '2020-12-07 11:26:00+00', '2020-12-08 11:26:00+00', 0, NULL, NULL, NULL, false, false, NULL, NULL, '{}', NULL, NULL, NULL, NULL, 0);
INSERT INTO public.deliveries VALUES (20, 'kv6juck3wlue', 'log', '', 'pending', 'wz2ouxoqocs4', 28, '2020-12-07 11:26:00+00', '2020-12-07 11:26:00+00', '2020-12-07 11:26:00+00', '2020-12-08 11:26:00+00', 0, NULL, NULL, NULL, false, false, NULL, NULL, '{}', NULL, NULL, NULL, NULL, 0);


--
-- Data for Name: drafts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.drafts VALUES ('ljegwf4cwmmu', 'post_update', '{"texts": {"it": {"headline": "Bozza", "short": "Bozza in breve", "body": "Bozza per esteso."}, "en": {"headline": "Bozza!", "short": "Bozza in short", "body": "Bozza at length."}}, "incident": "slow", "status": "monitoring"}', 'sp8hym7tixe7', 3, '', 'o8grp4jrupcf', '2020-12-07 11:24:00+00');


--
-- Data for Name: events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.events VALUES (1, '2020-12-07 11:00:00+00', 'operator_added', 'uurfr2r6xzlv', NULL, '', false, '{"operator": "1ythsjwhdcaw", "role": "admin"}');
INSERT INTO public.events VALUES (2, '2020-12-07 11:00:00+00', 'operator_added', 'uurfr2r6xzlv', NULL, '', false, '{"operator": "o8grp4jrupcf", "role": "author"}');
INSERT INTO public.events VALUES (3, '2020-12-07 11:00:00+00', 'operator_added', 'uurfr2r6xzlv', NULL, '', false, '{"operator": "291iz2rje7xr", "role": "approver"}');
INSERT INTO public.events VALUES (4, '2020-12-07 11:00:00+00', 'operator_added', 'uurfr2r6xzlv', NULL, '', false, '{"operator": "0u6abnwxydar", "role": "author"}');
INSERT INTO public.events VALUES (5, '2020-12-07 11:00:00+00', 'operator_disabled', 'uurfr2r6xzlv', NULL, '', false, '{"operator": "0u6abnwxydar"}');
INSERT INTO public.events VALUES (6, '2020-12-07 11:00:00+00', 'group_saved', '1ythsjwhdcaw', NULL, '', true, '{"group": "money", "name": {"it": "Pagamenti", "en": "Payments"}}');
INSERT INTO public.events VALUES (7, '2020-12-07 11:00:00+00', 'component_saved', '1ythsjwhdcaw', NULL, '', true, '{"component": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}, "hidden": false}');
INSERT INTO public.events VALUES (8, '2020-12-07 11:00:00+00', 'component_saved', '1ythsjwhdcaw', NULL, '', true, '{"component": "login", "name": {"it": "Accesso", "en": "Sign-in"}, "hidden": false}');
INSERT INTO public.events VALUES (9, '2020-12-07 11:00:00+00', 'component_saved', '1ythsjwhdcaw', NULL, '', true, '{"component": "messages", "name": {"it": "Messaggi", "en": "Messages"}, "hidden": true}');
INSERT INTO public.events VALUES (10, '2020-12-07 11:00:00+00', 'incident_backdated', '1ythsjwhdcaw', 'xcs3gbb55rdn', '2020-12', true, '{"update": 1}');
INSERT INTO public.events VALUES (11, '2020-12-07 11:00:00+00', 'scheduled', 'o8grp4jrupcf', 'zaze4zyyov2z', '2020-12', true, '{"update": 1}');
INSERT INTO public.events VALUES (12, '2020-12-07 11:00:00+00', 'delivery_sent', NULL, 'zaze4zyyov2z', '2020-12', true, '{"delivery": 1, "channel": "x"}');
INSERT INTO public.events VALUES (13, '2020-12-07 11:01:00+00', 'notice_came_true', 'o8grp4jrupcf', 'zaze4zyyov2z', '2020-12', true, '{}');
INSERT INTO public.events VALUES (14, '2020-12-07 11:01:00+00', 'incident_declared', 'o8grp4jrupcf', '4o0efwdz9u9m', '2020-12', true, '{"update": 1, "status": "investigating", "components": {"wallet": ["operational", "major_outage"]}}');
INSERT INTO public.events VALUES (15, '2020-12-07 11:01:00+00', 'delivery_sent', NULL, '4o0efwdz9u9m', '2020-12', true, '{"delivery": 3, "channel": "x"}');
INSERT INTO public.events VALUES (16, '2020-12-07 11:05:00+00', 'update_posted', 'o8grp4jrupcf', '4o0efwdz9u9m', '2020-12', true, '{"update": 2, "status": "identified", "components": {}}');
INSERT INTO public.events VALUES (17, '2020-12-07 11:05:00+00', 'answer_posted', 'o8grp4jrupcf', '4o0efwdz9u9m', '2020-12', true, '{"update": 2, "answer": "is-my-data-safe"}');
INSERT INTO public.events VALUES (18, '2020-12-07 11:05:00+00', 'delivery_sent', NULL, '4o0efwdz9u9m', '2020-12', true, '{"delivery": 5, "channel": "x"}');
INSERT INTO public.events VALUES (19, '2020-12-07 11:06:00+00', 'update_corrected', 'o8grp4jrupcf', '4o0efwdz9u9m', '2020-12', true, '{"update": 2, "reason": {"it": "L\u2019orario era sbagliato", "en": "The time was wrong"}}');
INSERT INTO public.events VALUES (20, '2020-12-07 11:09:00+00', 'update_posted', 'o8grp4jrupcf', '4o0efwdz9u9m', '2020-12', true, '{"update": 3, "status": "resolved", "components": {"wallet": ["major_outage", "operational"]}}');
INSERT INTO public.events VALUES (21, '2020-12-07 11:09:00+00', 'delivery_sent', NULL, '4o0efwdz9u9m', '2020-12', true, '{"delivery": 11, "channel": "x"}');
INSERT INTO public.events VALUES (22, '2020-12-07 11:20:00+00', 'incident_declared', 'o8grp4jrupcf', 'sp8hym7tixe7', '2020-12', true, '{"update": 1, "status": "investigating", "components": {"login": ["operational", "degraded_performance"]}}');
INSERT INTO public.events VALUES (23, '2020-12-07 11:20:00+00', 'delivery_sent', NULL, 'sp8hym7tixe7', '2020-12', true, '{"delivery": 13, "channel": "x"}');
INSERT INTO public.events VALUES (24, '2020-12-07 11:22:00+00', 'update_posted', 'o8grp4jrupcf', 'sp8hym7tixe7', '2020-12', true, '{"update": 2, "status": "investigating", "components": {}}');
INSERT INTO public.events VALUES (25, '2020-12-07 11:23:00+00', 'scheduled', 'o8grp4jrupcf', 'lgqix2m8mdtk', '2020-12', true, '{"update": 1}');
INSERT INTO public.events VALUES (26, '2020-12-07 11:24:00+00', 'answer_attached', '1ythsjwhdcaw', NULL, '', true, '{"answer": "is-my-data-safe", "component": null}');
INSERT INTO public.events VALUES (27, '2020-12-07 11:24:00+00', 'draft_saved', 'o8grp4jrupcf', NULL, '', false, '{"draft": "ljegwf4cwmmu", "action": "post_update", "why": ""}');
INSERT INTO public.events VALUES (28, '2020-12-07 11:26:00+00', 'incident_declared', 'o8grp4jrupcf', 'wz2ouxoqocs4', '2020-12', true, '{"update": 1, "status": "investigating", "components": {"messages": ["operational", "partial_outage"]}}');
INSERT INTO public.events VALUES (29, '2020-12-07 11:27:00+00', 'channel_set', '291iz2rje7xr', NULL, '', false, '{"channel": "log", "state": "paused", "why": "prova dei canali"}');


--
-- Data for Name: incident_updates; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.incident_updates VALUES ('lqu36ava320m', 'xcs3gbb55rdn', 1, NULL, 'resolved', '{"it": {"headline": "Ieri", "short": "Ieri in breve", "body": "Ieri per esteso."}, "en": {"headline": "Ieri!", "short": "Ieri in short", "body": "Ieri at length."}}', NULL, '{}', '[]', '[]', '{}', NULL, NULL, '', 'operator', '1ythsjwhdcaw', '2020-12-06 17:00:00+00', '2020-12-07 11:00:00+00', NULL, NULL, '{}');
INSERT INTO public.incident_updates VALUES ('kspghvz77pqp', 'zaze4zyyov2z', 1, NULL, 'scheduled', '{"it": {"headline": "Lavori", "short": "Lavori in breve", "body": "Lavori per esteso."}, "en": {"headline": "Lavori!", "short": "Lavori in short", "body": "Lavori at length."}}', NULL, '{}', '[]', '[]', '{}', NULL, NULL, '', 'operator', 'o8grp4jrupcf', '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00', NULL, NULL, '{}');
INSERT INTO public.incident_updates VALUES ('11ag948oi1gd', 'zaze4zyyov2z', 2, NULL, 'completed', '{"it": {"headline": "Si \u00e8 verificato: Lavori al Portafoglio", "short": "Quello di cui avevamo avvisato si \u00e8 verificato: Lavori al Portafoglio.", "body": "Quello di cui avevamo avvisato si \u00e8 verificato. Gli aggiornamenti continuano nella pagina del problema."}, "en": {"headline": "It happened: Wallet maintenance", "short": "What we had warned of has happened: Wallet maintenance.", "body": "What we had warned of has happened. Updates go on in the page of the problem."}}', NULL, '{}', '[]', '[]', '{}', NULL, NULL, '', 'automatic', 'o8grp4jrupcf', '2020-12-07 11:01:00+00', '2020-12-07 11:01:00+00', NULL, NULL, '{}');
INSERT INTO public.incident_updates VALUES ('0vlopscfnz3s', '4o0efwdz9u9m', 1, NULL, 'investigating', '{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}', NULL, '{}', '[]', '[]', '{}', '2020-12-07 12:00:00+00', NULL, '', 'operator', 'o8grp4jrupcf', '2020-12-07 11:01:00+00', '2020-12-07 11:01:00+00', NULL, NULL, '{}');
INSERT INTO public.incident_updates VALUES ('1suzi6hsfatd', '4o0efwdz9u9m', 2, NULL, 'identified', '{"it": {"headline": "Corretto", "short": "Corretto in breve", "body": "Corretto per esteso."}, "en": {"headline": "Corretto!", "short": "Corretto in short", "body": "Corretto at length."}}', NULL, '{}', '[]', '[{"key": "is-my-data-safe", "fields": {}, "texts": {"it": {"question": "I miei dati sono al sicuro?", "short": "Non ci risultano dati persi n\u00e9 visti da altri. Se questo cambia, lo scriviamo qui. Non dare a nessuno password, PIN o codici: noi non li chiediamo.", "answer": "Non ci risultano dati persi n\u00e9 visti da altri. Se questo cambia, lo scriviamo qui.\n\nUn servizio lento o fermo non vuol dire che i dati siano andati persi.\n\nNon dare a nessuno password, PIN o codici della carta. Noi non li chiediamo per telefono, per e-mail o sui social."}, "en": {"question": "Is my data safe?", "short": "We know of no data lost or seen by others. If this changes, we will write it here. Give nobody your password, PIN or codes: we do not ask for them.", "answer": "We know of no data lost or seen by others. If this changes, we will write it here.\n\nA slow or stopped service does not mean that data has been lost.\n\nGive nobody your password, PIN or card codes. We do not ask for them by phone, by e-mail or on social networks."}}, "dates": {}}]', '{}', NULL, NULL, '', 'operator', 'o8grp4jrupcf', '2020-12-07 11:05:00+00', '2020-12-07 11:05:00+00', '2020-12-07 11:06:00+00', NULL, '{}');
INSERT INTO public.incident_updates VALUES ('ca7wenfvamr7', '4o0efwdz9u9m', 3, NULL, 'resolved', '{"it": {"headline": "Fatto", "short": "Fatto in breve", "body": "Fatto per esteso."}, "en": {"headline": "Fatto!", "short": "Fatto in short", "body": "Fatto at length."}}', NULL, '{}', '[]', '[]', '{}', NULL, NULL, '', 'operator', 'o8grp4jrupcf', '2020-12-07 11:09:00+00', '2020-12-07 11:09:00+00', NULL, NULL, '{}');
INSERT INTO public.incident_updates VALUES ('b339e4xd2c5x', 'sp8hym7tixe7', 1, NULL, 'investigating', '{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}', NULL, '{}', '[]', '[]', '{}', '2020-12-07 12:00:00+00', NULL, '', 'operator', 'o8grp4jrupcf', '2020-12-07 11:20:00+00', '2020-12-07 11:20:00+00', NULL, NULL, '{}');
INSERT INTO public.incident_updates VALUES ('mzyuf2dkho7d', 'sp8hym7tixe7', 2, NULL, 'investigating', '{"it": {"headline": "Novit\u00e0", "short": "Novit\u00e0 in breve", "body": "Novit\u00e0 per esteso."}, "en": {"headline": "Novit\u00e0!", "short": "Novit\u00e0 in short", "body": "Novit\u00e0 at length."}}', NULL, '{}', '[]', '[]', '{}', NULL, NULL, '', 'operator', 'o8grp4jrupcf', '2020-12-07 11:22:00+00', '2020-12-07 11:22:00+00', NULL, NULL, '{}');
INSERT INTO public.incident_updates VALUES ('l7o3di3j8yfm', 'lgqix2m8mdtk', 1, NULL, 'scheduled', '{"it": {"headline": "Lavori", "short": "Lavori in breve", "body": "Lavori per esteso."}, "en": {"headline": "Lavori!", "short": "Lavori in short", "body": "Lavori at length."}}', NULL, '{}', '[]', '[]', '{}', NULL, NULL, '', 'operator', 'o8grp4jrupcf', '2020-12-07 11:23:00+00', '2020-12-07 11:23:00+00', NULL, NULL, '{}');
INSERT INTO public.incident_updates VALUES ('jm6k5xy4g8cy', 'wz2ouxoqocs4', 1, NULL, 'investigating', '{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}', NULL, '{}', '[]', '[]', '{}', NULL, NULL, '', 'operator', 'o8grp4jrupcf', '2020-12-07 11:26:00+00', '2020-12-07 11:26:00+00', NULL, NULL, '{}');


--
-- Data for Name: incidents; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.incidents VALUES ('xcs3gbb55rdn', 1, NULL, 'incident', '{"it": "Ieri", "en": "Yesterday"}', 'resolved', 'major', 'operator', true, '2020-12-06 15:00:00+00', '2020-12', '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00', NULL, '2020-12-06 17:00:00+00', NULL, '2020-12-06 17:00:00+00', NULL, NULL, true, true, NULL, NULL, 1, '1ythsjwhdcaw');
INSERT INTO public.incidents VALUES ('zaze4zyyov2z', 2, 'launch', 'advance_notice', '{"it": "Lavori al Portafoglio", "en": "Wallet maintenance"}', 'completed', 'none', 'operator', false, '2020-12-07 12:00:00+00', '2020-12', '2020-12-07 11:00:00+00', '2020-12-07 11:01:00+00', NULL, '2020-12-07 11:01:00+00', NULL, '2020-12-07 11:01:00+00', '2020-12-07 12:00:00+00', '2020-12-07 14:00:00+00', true, true, NULL, NULL, 2, 'o8grp4jrupcf');
INSERT INTO public.incidents VALUES ('4o0efwdz9u9m', 3, 'crash', 'incident', '{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}', 'resolved', 'critical', 'operator', false, '2020-12-07 11:01:00+00', '2020-12', '2020-12-07 11:01:00+00', '2020-12-07 11:09:00+00', NULL, '2020-12-07 11:09:00+00', NULL, '2020-12-07 11:09:00+00', NULL, NULL, true, true, NULL, 'zaze4zyyov2z', 5, 'o8grp4jrupcf');
INSERT INTO public.incidents VALUES ('sp8hym7tixe7', 4, 'slow', 'incident', '{"it": "Accesso lento", "en": "Slow sign-in"}', 'investigating', 'minor', 'operator', false, '2020-12-07 11:20:00+00', '2020-12', '2020-12-07 11:20:00+00', '2020-12-07 11:22:00+00', NULL, NULL, NULL, NULL, NULL, NULL, true, true, NULL, NULL, 3, 'o8grp4jrupcf');
INSERT INTO public.incidents VALUES ('lgqix2m8mdtk', 5, 'work', 'maintenance', '{"it": "Lavori al Portafoglio", "en": "Wallet maintenance"}', 'scheduled', 'maintenance', 'operator', false, '2020-12-09 11:00:00+00', '2020-12', '2020-12-07 11:23:00+00', '2020-12-07 11:23:00+00', NULL, NULL, NULL, NULL, '2020-12-09 11:00:00+00', '2020-12-09 13:00:00+00', true, true, NULL, NULL, 1, 'o8grp4jrupcf');
INSERT INTO public.incidents VALUES ('wz2ouxoqocs4', 6, 'mail', 'incident', '{"it": "Messaggi fermi", "en": "Messages stopped"}', 'investigating', 'major', 'operator', false, '2020-12-07 11:26:00+00', '2020-12', '2020-12-07 11:26:00+00', '2020-12-07 11:26:00+00', NULL, NULL, NULL, NULL, NULL, NULL, true, true, NULL, NULL, 2, 'o8grp4jrupcf');


--
-- Data for Name: operators; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.operators VALUES ('uurfr2r6xzlv', 'avviso', 'Avviso', 'admin', '2020-12-07 11:00:00+00', NULL);
INSERT INTO public.operators VALUES ('1ythsjwhdcaw', 'ada', 'Ada', 'admin', '2020-12-07 11:00:00+00', NULL);
INSERT INTO public.operators VALUES ('o8grp4jrupcf', 'bea', 'Bea', 'author', '2020-12-07 11:00:00+00', NULL);
INSERT INTO public.operators VALUES ('291iz2rje7xr', 'carlo', 'Carlo', 'approver', '2020-12-07 11:00:00+00', NULL);
INSERT INTO public.operators VALUES ('0u6abnwxydar', 'gone', 'Gone', 'author', '2020-12-07 11:00:00+00', '2020-12-07 11:00:00+00');


--
-- Data for Name: page; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.page VALUES ('gj1591smn6lv', '2020-12-07 11:00:00+00');


--
-- Data for Name: publications; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.publications VALUES ('r242dboc67j2', 'update', 'zaze4zyyov2z', 'kspghvz77pqp', 1, 11, '2020-12-07 11:00:00+00', '{"it": "Lavori al Portafoglio", "en": "Wallet maintenance"}', 'scheduled', '{"it": {"headline": "Lavori", "short": "Lavori in breve", "body": "Lavori per esteso."}, "en": {"headline": "Lavori!", "short": "Lavori in short", "body": "Lavori at length."}}', '{}', '[]', NULL, 'operator', '2/1');
INSERT INTO public.publications VALUES ('asyo09s67i8w', 'update', '4o0efwdz9u9m', '0vlopscfnz3s', 1, 14, '2020-12-07 11:01:00+00', '{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}', 'investigating', '{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}', '{}', '[]', '2020-12-07 12:00:00+00', 'operator', '3/1');
INSERT INTO public.publications VALUES ('sdaeeiqcszda', 'update', '4o0efwdz9u9m', '1suzi6hsfatd', 2, 16, '2020-12-07 11:05:00+00', '{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}', 'identified', '{"it": {"headline": "Novit\u00e0", "short": "Novit\u00e0 in breve", "body": "Novit\u00e0 per esteso."}, "en": {"headline": "Novit\u00e0!", "short": "Novit\u00e0 in short", "body": "Novit\u00e0 at length."}}', '{}', '[]', NULL, 'operator', '3/2');
INSERT INTO public.publications VALUES ('5xhgegel4fnh', 'answer', '4o0efwdz9u9m', '1suzi6hsfatd', 2, 17, '2020-12-07 11:05:00+00', '{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}', 'identified', '{"it": {"headline": "I miei dati sono al sicuro?", "short": "Non ci risultano dati persi n\u00e9 visti da altri. Se questo cambia, lo scriviamo qui. Non dare a nessuno password, PIN o codici: noi non li chiediamo.", "body": "Non ci risultano dati persi n\u00e9 visti da altri. Se questo cambia, lo scriviamo qui.\n\nUn servizio lento o fermo non vuol dire che i dati siano andati persi.\n\nNon dare a nessuno password, PIN o codici della carta. Noi non li chiediamo per telefono, per e-mail o sui social."}, "en": {"headline": "Is my data safe?", "short": "We know of no data lost or seen by others. If this changes, we will write it here. Give nobody your password, PIN or codes: we do not ask for them.", "body": "We know of no data lost or seen by others. If this changes, we will write it here.\n\nA slow or stopped service does not mean that data has been lost.\n\nGive nobody your password, PIN or card codes. We do not ask for them by phone, by e-mail or on social networks."}}', '{}', '[]', NULL, 'operator', '3/2');
INSERT INTO public.publications VALUES ('kuu1e2ho3n5b', 'correction', '4o0efwdz9u9m', '1suzi6hsfatd', 2, 19, '2020-12-07 11:06:00+00', '{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}', 'identified', '{"it": {"headline": "Corretto", "short": "Corretto in breve", "body": "Corretto per esteso."}, "en": {"headline": "Corretto!", "short": "Corretto in short", "body": "Corretto at length."}}', '{"it": "L\u2019orario era sbagliato", "en": "The time was wrong"}', '[]', NULL, 'operator', '3/2');
INSERT INTO public.publications VALUES ('lp7lmtfslaaq', 'update', '4o0efwdz9u9m', 'ca7wenfvamr7', 3, 20, '2020-12-07 11:09:00+00', '{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}', 'resolved', '{"it": {"headline": "Fatto", "short": "Fatto in breve", "body": "Fatto per esteso."}, "en": {"headline": "Fatto!", "short": "Fatto in short", "body": "Fatto at length."}}', '{}', '[]', NULL, 'operator', '3/3');
INSERT INTO public.publications VALUES ('a0askydpbg6s', 'update', 'sp8hym7tixe7', 'b339e4xd2c5x', 1, 22, '2020-12-07 11:20:00+00', '{"it": "Accesso lento", "en": "Slow sign-in"}', 'investigating', '{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}', '{}', '[]', '2020-12-07 12:00:00+00', 'operator', '4/1');
INSERT INTO public.publications VALUES ('vux5g1vbi4f6', 'update', 'sp8hym7tixe7', 'mzyuf2dkho7d', 2, 24, '2020-12-07 11:22:00+00', '{"it": "Accesso lento", "en": "Slow sign-in"}', 'investigating', '{"it": {"headline": "Novit\u00e0", "short": "Novit\u00e0 in breve", "body": "Novit\u00e0 per esteso."}, "en": {"headline": "Novit\u00e0!", "short": "Novit\u00e0 in short", "body": "Novit\u00e0 at length."}}', '{}', '[]', NULL, 'operator', '4/2');
INSERT INTO public.publications VALUES ('csx127xzq89b', 'update', 'lgqix2m8mdtk', 'l7o3di3j8yfm', 1, 25, '2020-12-07 11:23:00+00', '{"it": "Lavori al Portafoglio", "en": "Wallet maintenance"}', 'scheduled', '{"it": {"headline": "Lavori", "short": "Lavori in breve", "body": "Lavori per esteso."}, "en": {"headline": "Lavori!", "short": "Lavori in short", "body": "Lavori at length."}}', '{}', '[]', NULL, 'operator', '5/1');
INSERT INTO public.publications VALUES ('kv6juck3wlue', 'update', 'wz2ouxoqocs4', 'jm6k5xy4g8cy', 1, 28, '2020-12-07 11:26:00+00', '{"it": "Messaggi fermi", "en": "Messages stopped"}', 'investigating', '{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}', '{}', '[]', NULL, 'operator', '6/1');


--
-- Data for Name: shown_events; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.shown_events VALUES ('page', 1, '2020-12-07 11:00:00+00');


--
-- Data for Name: update_components; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.update_components VALUES ('0vlopscfnz3s', 'efkhva4tnwyr', 0, '{"it": "Portafoglio", "en": "Wallet"}', 'operational', 'major_outage');
INSERT INTO public.update_components VALUES ('ca7wenfvamr7', 'efkhva4tnwyr', 0, '{"it": "Portafoglio", "en": "Wallet"}', 'major_outage', 'operational');
INSERT INTO public.update_components VALUES ('b339e4xd2c5x', '11uob7lso57k', 0, '{"it": "Accesso", "en": "Sign-in"}', 'operational', 'degraded_performance');
INSERT INTO public.update_components VALUES ('jm6k5xy4g8cy', 'cqewfdg70awp', 0, '{"it": "Messaggi", "en": "Messages"}', 'operational', 'partial_outage');


--
-- Name: attached_answers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.attached_answers_id_seq', 1, true);


--
-- Name: component_changes_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.component_changes_id_seq', 9, true);


--
-- Name: corrections_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.corrections_id_seq', 1, true);


--
-- Name: deliveries_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.deliveries_id_seq', 20, true);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: affected_components pk_affected_components; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.affected_components
    ADD CONSTRAINT pk_affected_components PRIMARY KEY (incident_id, component_id);


--
-- Name: attached_answers pk_attached_answers; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attached_answers
    ADD CONSTRAINT pk_attached_answers PRIMARY KEY (id);


--
-- Name: channels pk_channels; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.channels
    ADD CONSTRAINT pk_channels PRIMARY KEY (name);


--
-- Name: component_changes pk_component_changes; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.component_changes
    ADD CONSTRAINT pk_component_changes PRIMARY KEY (id);


--
-- Name: component_groups pk_component_groups; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.component_groups
    ADD CONSTRAINT pk_component_groups PRIMARY KEY (id);


--
-- Name: components pk_components; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.components
    ADD CONSTRAINT pk_components PRIMARY KEY (id);


--
-- Name: corrections pk_corrections; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.corrections
    ADD CONSTRAINT pk_corrections PRIMARY KEY (id);


--
-- Name: deliveries pk_deliveries; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT pk_deliveries PRIMARY KEY (id);


--
-- Name: drafts pk_drafts; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT pk_drafts PRIMARY KEY (id);


--
-- Name: events pk_events; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT pk_events PRIMARY KEY (seq);


--
-- Name: incident_updates pk_incident_updates; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incident_updates
    ADD CONSTRAINT pk_incident_updates PRIMARY KEY (id);


--
-- Name: incidents pk_incidents; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT pk_incidents PRIMARY KEY (id);


--
-- Name: operators pk_operators; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operators
    ADD CONSTRAINT pk_operators PRIMARY KEY (id);


--
-- Name: page pk_page; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.page
    ADD CONSTRAINT pk_page PRIMARY KEY (id);


--
-- Name: publications pk_publications; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publications
    ADD CONSTRAINT pk_publications PRIMARY KEY (id);


--
-- Name: shown_events pk_shown_events; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shown_events
    ADD CONSTRAINT pk_shown_events PRIMARY KEY (target);


--
-- Name: update_components pk_update_components; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.update_components
    ADD CONSTRAINT pk_update_components PRIMARY KEY (update_id, component_id);


--
-- Name: attached_answers uq_attached_answers_key_component_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attached_answers
    ADD CONSTRAINT uq_attached_answers_key_component_id UNIQUE (key, component_id);


--
-- Name: component_groups uq_component_groups_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.component_groups
    ADD CONSTRAINT uq_component_groups_key UNIQUE (key);


--
-- Name: components uq_components_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.components
    ADD CONSTRAINT uq_components_key UNIQUE (key);


--
-- Name: deliveries uq_deliveries_publication_id_channel_recipient; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT uq_deliveries_publication_id_channel_recipient UNIQUE (publication_id, channel, recipient);


--
-- Name: incident_updates uq_incident_updates_incident_id_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incident_updates
    ADD CONSTRAINT uq_incident_updates_incident_id_number UNIQUE (incident_id, number);


--
-- Name: incidents uq_incidents_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT uq_incidents_key UNIQUE (key);


--
-- Name: incidents uq_incidents_notice_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT uq_incidents_notice_id UNIQUE (notice_id);


--
-- Name: incidents uq_incidents_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT uq_incidents_number UNIQUE (number);


--
-- Name: operators uq_operators_login; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operators
    ADD CONSTRAINT uq_operators_login UNIQUE (login);


--
-- Name: ix_affected_components_component_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_affected_components_component_id ON public.affected_components USING btree (component_id);


--
-- Name: ix_component_changes_component_id_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_component_changes_component_id_at ON public.component_changes USING btree (component_id, at);


--
-- Name: ix_component_changes_incident_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_component_changes_incident_id ON public.component_changes USING btree (incident_id);


--
-- Name: ix_components_group_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_components_group_id ON public.components USING btree (group_id);


--
-- Name: ix_corrections_update_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_corrections_update_id ON public.corrections USING btree (update_id);


--
-- Name: ix_deliveries_channel_look_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_deliveries_channel_look_at ON public.deliveries USING btree (channel, look_at);


--
-- Name: ix_deliveries_channel_state_not_before; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_deliveries_channel_state_not_before ON public.deliveries USING btree (channel, state, not_before);


--
-- Name: ix_deliveries_channel_thread_seq; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_deliveries_channel_thread_seq ON public.deliveries USING btree (channel, thread, seq);


--
-- Name: ix_deliveries_state; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_deliveries_state ON public.deliveries USING btree (state);


--
-- Name: ix_drafts_incident_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_drafts_incident_id ON public.drafts USING btree (incident_id);


--
-- Name: ix_events_incident_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_events_incident_id ON public.events USING btree (incident_id);


--
-- Name: ix_incidents_closed_at_kind; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_incidents_closed_at_kind ON public.incidents USING btree (closed_at, kind);


--
-- Name: ix_incidents_kind_started_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_incidents_kind_started_at ON public.incidents USING btree (kind, started_at);


--
-- Name: ix_incidents_month_started_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_incidents_month_started_at ON public.incidents USING btree (month, started_at);


--
-- Name: ix_publications_event_seq; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_publications_event_seq ON public.publications USING btree (event_seq);


--
-- Name: ix_publications_incident_id_event_seq; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_publications_incident_id_event_seq ON public.publications USING btree (incident_id, event_seq);


--
-- Name: ix_publications_update_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_publications_update_id ON public.publications USING btree (update_id);


--
-- Name: affected_components fk_affected_components_component_id_components; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.affected_components
    ADD CONSTRAINT fk_affected_components_component_id_components FOREIGN KEY (component_id) REFERENCES public.components(id);


--
-- Name: affected_components fk_affected_components_incident_id_incidents; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.affected_components
    ADD CONSTRAINT fk_affected_components_incident_id_incidents FOREIGN KEY (incident_id) REFERENCES public.incidents(id);


--
-- Name: component_changes fk_component_changes_component_id_components; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.component_changes
    ADD CONSTRAINT fk_component_changes_component_id_components FOREIGN KEY (component_id) REFERENCES public.components(id);


--
-- Name: component_changes fk_component_changes_incident_id_incidents; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.component_changes
    ADD CONSTRAINT fk_component_changes_incident_id_incidents FOREIGN KEY (incident_id) REFERENCES public.incidents(id);


--
-- Name: components fk_components_group_id_component_groups; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.components
    ADD CONSTRAINT fk_components_group_id_component_groups FOREIGN KEY (group_id) REFERENCES public.component_groups(id);


--
-- Name: corrections fk_corrections_author_id_operators; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.corrections
    ADD CONSTRAINT fk_corrections_author_id_operators FOREIGN KEY (author_id) REFERENCES public.operators(id);


--
-- Name: corrections fk_corrections_update_id_incident_updates; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.corrections
    ADD CONSTRAINT fk_corrections_update_id_incident_updates FOREIGN KEY (update_id) REFERENCES public.incident_updates(id);


--
-- Name: deliveries fk_deliveries_publication_id_publications; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT fk_deliveries_publication_id_publications FOREIGN KEY (publication_id) REFERENCES public.publications(id);


--
-- Name: drafts fk_drafts_author_id_operators; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_author_id_operators FOREIGN KEY (author_id) REFERENCES public.operators(id);


--
-- Name: drafts fk_drafts_incident_id_incidents; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_incident_id_incidents FOREIGN KEY (incident_id) REFERENCES public.incidents(id);


--
-- Name: events fk_events_operator_id_operators; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT fk_events_operator_id_operators FOREIGN KEY (operator_id) REFERENCES public.operators(id);


--
-- Name: incident_updates fk_incident_updates_author_id_operators; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incident_updates
    ADD CONSTRAINT fk_incident_updates_author_id_operators FOREIGN KEY (author_id) REFERENCES public.operators(id);


--
-- Name: incident_updates fk_incident_updates_incident_id_incidents; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incident_updates
    ADD CONSTRAINT fk_incident_updates_incident_id_incidents FOREIGN KEY (incident_id) REFERENCES public.incidents(id);


--
-- Name: incidents fk_incidents_notice_id_incidents; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT fk_incidents_notice_id_incidents FOREIGN KEY (notice_id) REFERENCES public.incidents(id);


--
-- Name: incidents fk_incidents_updated_by_operators; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT fk_incidents_updated_by_operators FOREIGN KEY (updated_by) REFERENCES public.operators(id);


--
-- Name: publications fk_publications_event_seq_events; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publications
    ADD CONSTRAINT fk_publications_event_seq_events FOREIGN KEY (event_seq) REFERENCES public.events(seq);


--
-- Name: publications fk_publications_incident_id_incidents; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publications
    ADD CONSTRAINT fk_publications_incident_id_incidents FOREIGN KEY (incident_id) REFERENCES public.incidents(id);


--
-- Name: publications fk_publications_update_id_incident_updates; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publications
    ADD CONSTRAINT fk_publications_update_id_incident_updates FOREIGN KEY (update_id) REFERENCES public.incident_updates(id);


--
-- Name: update_components fk_update_components_component_id_components; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.update_components
    ADD CONSTRAINT fk_update_components_component_id_components FOREIGN KEY (component_id) REFERENCES public.components(id);


--
-- Name: update_components fk_update_components_update_id_incident_updates; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.update_components
    ADD CONSTRAINT fk_update_components_update_id_incident_updates FOREIGN KEY (update_id) REFERENCES public.incident_updates(id);


--
-- PostgreSQL database dump complete
--

\unrestrict a1wtiVxavokezUzHHndwRnYfxLfGj2PbEHAKQzIWIPRM2nX4kU4YfU1DXQEtWhD

