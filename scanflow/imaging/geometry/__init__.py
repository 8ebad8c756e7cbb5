"""The geometry of a page: orientation, skew, the upright page; parts and sheets at other angles."""
