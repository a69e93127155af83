"""The lines on a LiveKit server: inbound trunks, dispatch rules and outbound trunks, as callcenter.yaml wants them."""
