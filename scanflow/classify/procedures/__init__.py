"""Published lists of procedures (thủ tục hành chính), and the papers that their rows ask for."""
