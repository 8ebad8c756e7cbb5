"""Taking files in, from wherever they come."""
