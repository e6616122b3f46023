"""Temporary, least-privilege access to Alibaba Cloud OSS: the layer that every function shares."""

__version__ = "0.1.0"
