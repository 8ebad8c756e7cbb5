"""Words: recognition engines behind one protocol, reading order, the Vietnamese language."""
