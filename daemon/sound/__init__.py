"""Sound in: from devices, files and pipes, into rings, with every loss told."""
