"""The routes of ``/api/v1``, one file an idea."""

from nijigen.serve.api import drawing, generate, health, models

ROUTERS = (health.router, models.router, generate.router, drawing.router)

__all__ = ["ROUTERS"]
