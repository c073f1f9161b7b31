"""The routes of ``/api/v1``, one file an idea."""

from nijigen.serve.api import generate, health, models

ROUTERS = (health.router, models.router, generate.router)

__all__ = ["ROUTERS"]
