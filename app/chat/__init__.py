"""The chat without Qt: protocol, session, outbox, store, sync. Imports netcore, never Qt."""
