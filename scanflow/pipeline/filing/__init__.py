"""Turns readings into filed documents: papers, dossier numbers, PDF files, objects, catalog."""
