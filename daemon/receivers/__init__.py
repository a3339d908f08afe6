"""Programs that listen to Segue's messages from inside it: relay, Ableton Live, what a set said."""
