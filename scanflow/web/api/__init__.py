"""The API for other programs, `/api/v1`: docs/api.md."""
