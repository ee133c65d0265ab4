"""The outer layer: Flask, and everything that ties the domain and the publishers together."""

__version__ = "0.1.0"
