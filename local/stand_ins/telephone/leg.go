package main

import (
	"context"
	"maps"
	"strings"
	"sync"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/sip"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

// leg is the SIP participant in the room, joined the way livekit-sip does it (pkg/sip/room.go, 1.10.0): no automatic
// subscription, its own track published at once, then a subscription to every audio track.
type leg struct {
	room  *lksdk.Room
	track *webrtc.TrackLocalStaticRTP

	heard  chan struct{} // closed when there is audio to answer for
	gone   chan string   // why the room let go of us
	once   sync.Once
	listen listener

	mu     sync.Mutex
	tracks byte                         // tracks heard so far; the number that tells them apart at the phone
	told   map[string]map[string]string // the attributes each participant had when the phone was last told
}

// listener is who sits behind the leg: the phone.
type listener interface {
	media(packet []byte)
	tell(e event)
}

func joinRoom(ctx context.Context, url string, p sip.SIPTokenParams, phone listener) (*leg, error) {
	token, err := sip.BuildSIPToken(p)
	if err != nil {
		return nil, err
	}
	l := &leg{heard: make(chan struct{}), gone: make(chan string, 1), listen: phone, told: map[string]map[string]string{}}
	l.track, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "audio", "telephone")
	if err != nil {
		return nil, err
	}
	l.room = lksdk.NewRoom(l.callback())
	if err = l.room.JoinWithContextAndToken(ctx, url, token, lksdk.WithAutoSubscribe(false)); err != nil {
		return nil, err
	}
	me := l.room.LocalParticipant
	if _, err = me.PublishTrack(l.track, &lksdk.TrackPublicationOptions{Name: me.Identity()}); err != nil {
		l.leave()
		return nil, err
	}
	for _, p := range l.room.GetRemoteParticipants() {
		l.met(p)
		for _, publication := range p.TrackPublications() {
			if remote, ok := publication.(*lksdk.RemoteTrackPublication); ok {
				l.subscribe(remote)
			}
		}
	}
	return l, nil
}

func (l *leg) callback() *lksdk.RoomCallback {
	return &lksdk.RoomCallback{
		OnDisconnected: func() {
			select {
			case l.gone <- strings.ToLower(l.room.DisconnectReason().String()): // room_deleted, participant_removed, ..
			default:
			}
		},
		OnParticipantConnected: l.met,
		ParticipantCallback: lksdk.ParticipantCallback{
			OnTrackPublished: func(p *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) { l.subscribe(p) },
			OnTrackSubscribed: func(t *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) {
				go l.forward(t)
			},
			OnAttributesChanged: func(_ map[string]string, p lksdk.Participant) {
				if remote, ok := p.(*lksdk.RemoteParticipant); ok {
					l.describe(remote)
				}
			},
			OnDataPacket: func(data lksdk.DataPacket, _ lksdk.DataReceiveParams) {
				if tone, ok := data.(*livekit.SipDTMF); ok {
					l.listen.tell(event{Event: "dtmf", Digit: tone.Digit})
				}
			},
		},
	}
}

func (l *leg) met(p *lksdk.RemoteParticipant) {
	l.describe(p)
	if p.Kind() == lksdk.ParticipantSIP { // two phones would wait for each other's audio for ever
		l.answer()
	}
}

// describe passes a participant's attributes to the phone, when they have changed.
func (l *leg) describe(p *lksdk.RemoteParticipant) {
	attributes := p.Attributes()
	l.mu.Lock()
	news := len(attributes) > 0 && !maps.Equal(attributes, l.told[p.Identity()])
	l.told[p.Identity()] = attributes
	l.mu.Unlock()
	if news {
		kind := strings.ToLower(livekit.ParticipantInfo_Kind(p.Kind()).String())
		l.listen.tell(event{Event: "attributes", Identity: p.Identity(), Kind: kind, Attributes: attributes})
	}
}

func (l *leg) answer() { l.once.Do(func() { close(l.heard) }) }

func (l *leg) subscribe(publication *lksdk.RemoteTrackPublication) {
	if publication.Kind() != lksdk.TrackKindAudio {
		return
	}
	if err := publication.SetSubscribed(true); err == nil {
		l.answer() // livekit-sip answers when it has asked for the track, not when the first packet comes
	}
}

// forward carries one track to the phone until the track ends.
func (l *leg) forward(t *webrtc.TrackRemote) {
	l.mu.Lock()
	l.tracks++
	number := l.tracks
	l.mu.Unlock()
	for {
		packet, _, err := t.ReadRTP()
		if err != nil {
			return
		}
		if len(packet.Payload) > 0 { // empty ones are the server's padding
			l.listen.media(encodeMedia(number, packet))
		}
	}
}

func (l *leg) active() {
	l.room.LocalParticipant.SetAttributes(map[string]string{livekit.AttrSIPCallStatus: "active"})
}

func (l *leg) press(tone *livekit.SipDTMF) error {
	return l.room.LocalParticipant.PublishDataPacket(tone, lksdk.WithDataPublishReliable(true))
}

func (l *leg) leave() { l.room.DisconnectWithReason(livekit.DisconnectReason_CLIENT_INITIATED) }
