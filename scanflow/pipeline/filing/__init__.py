"""From readings to filed documents."""
