"""Types that are learned from papers which people confirmed."""
