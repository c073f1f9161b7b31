"""How Alembic runs the migrations: on the connection that it is given, within its transaction."""

from alembic import context

from nijigen.collections.tables import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
