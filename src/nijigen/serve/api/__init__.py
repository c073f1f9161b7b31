"""The routes of ``/api/v1``, one file an idea."""

from nijigen.serve.api import drawing, editing, generate, health, models, morphing, photos, recreating

ROUTERS = tuple(module.router for module in (health, models, generate, editing, morphing, photos, recreating, drawing))

__all__ = ["ROUTERS"]
