"""What a clerk sees of a stack: papers, pictures, verdicts, checklists."""
