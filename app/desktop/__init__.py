"""The Qt chat window. The one room, with its neighbours below app/, that draws."""
