"""Every transformation on a network, compared with the plain way."""
