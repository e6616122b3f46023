"""The platform: what it hands in, how it is answered, who calls, what is written down."""
