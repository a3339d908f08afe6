"""The daemon as a process: worker, service, replay, start at login, log, changes of the config."""
