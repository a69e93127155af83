package main

import (
	"context"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

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
	gone   chan struct{} // closed when the room has let go of us; `why` says the reason
	why    string
	once   sync.Once
	listen listener
	open   atomic.Bool // what the room says goes to the listener

	mu     sync.Mutex
	tracks byte                         // tracks heard so far; the number that tells them apart at the phone
	told   map[string]map[string]string // the attributes each participant had when the phone was last told
}

// listener is who sits behind the leg: the phone's line.
type listener interface {
	media(packet []byte)
	tell(e event)
}

// joinRoom returns when the participant is in the room with its track; it hears nothing before `bridge`.
func joinRoom(ctx context.Context, url string, p sip.SIPTokenParams, phone listener) (*leg, error) {
	token, err := sip.BuildSIPToken(p)
	if err != nil {
		return nil, err
	}
	l := &leg{heard: make(chan struct{}), gone: make(chan struct{}), listen: phone, told: map[string]map[string]string{}}
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
		l.leave(livekit.DisconnectReason_UNKNOWN_REASON)
		return nil, err
	}
	for _, p := range l.room.GetRemoteParticipants() {
		l.met(p)
	}
	return l, nil
}

// bridge puts the room through to the listener: every audio track there is and will be, and DTMF.
func (l *leg) bridge() {
	l.open.Store(true)
	for _, p := range l.room.GetRemoteParticipants() {
		for _, publication := range p.TrackPublications() {
			if remote, ok := publication.(*lksdk.RemoteTrackPublication); ok {
				l.subscribe(remote)
			}
		}
	}
}

func (l *leg) callback() *lksdk.RoomCallback {
	return &lksdk.RoomCallback{
		OnDisconnected: sync.OnceFunc(func() {
			l.why = strings.ToLower(l.room.DisconnectReason().String()) // room_deleted, participant_removed, ..
			close(l.gone)
		}),
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
				if tone, ok := data.(*livekit.SipDTMF); ok && l.open.Load() {
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
	if publication.Kind() != lksdk.TrackKindAudio || !l.open.Load() {
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

// status tells the room how far the call is: dialing, ringing, automation, active, hangup.
func (l *leg) status(now string) {
	l.room.LocalParticipant.SetAttributes(map[string]string{livekit.AttrSIPCallStatus: now})
}

func (l *leg) press(tone *livekit.SipDTMF) error {
	return l.room.LocalParticipant.PublishDataPacket(tone, lksdk.WithDataPublishReliable(true))
}

func (l *leg) leave(reason livekit.DisconnectReason) { l.room.DisconnectWithReason(reason) }

// whileHere calls `do` when the room lets go, until `stop`.
func (l *leg) whileHere(do func()) (stop func()) {
	stopped := make(chan struct{})
	go func() {
		select {
		case <-l.gone:
			do()
		case <-stopped:
		}
	}()
	return func() { close(stopped) }
}
