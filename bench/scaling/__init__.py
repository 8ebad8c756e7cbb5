"""The parts of `bench.scale`."""
