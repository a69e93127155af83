package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/livekit/protocol/egress"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

const (
	joinedWithin  = 10 * time.Second
	settledWithin = time.Second // as long it waits for the tracks that are there already, before it is active
)

// room is the hidden participant that hears everybody, each track into a file of packets of its own.
type room struct {
	room   *lksdk.Room
	folder string
	began  time.Time

	gone   chan struct{} // the room has let go of us
	news   chan struct{} // a track came
	once   sync.Once
	wanted int // tracks that were there at the join

	mu      sync.Mutex
	found   []track
	reading sync.WaitGroup
}

// track is a file of packets, and the side on which it is heard.
type track struct {
	File  string `json:"file"`
	Agent bool   `json:"agent"`
}

func join(r *recording) (*room, error) {
	ctx, cancel := context.WithTimeout(context.Background(), joinedWithin)
	defer cancel()
	token, err := egress.BuildEgressToken(r.info.EgressId, r.service.options.key, r.service.options.secret, r.order.room)
	if err != nil {
		return nil, err
	}
	m := &room{folder: r.folder, began: r.began, gone: make(chan struct{}), news: make(chan struct{}, 1)}
	m.room = lksdk.NewRoom(&lksdk.RoomCallback{
		OnDisconnected: sync.OnceFunc(func() { close(m.gone) }),
		ParticipantCallback: lksdk.ParticipantCallback{
			OnTrackPublished:  func(p *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) { subscribe(p) },
			OnTrackSubscribed: m.subscribed,
		},
	})
	if err := m.room.JoinWithContextAndToken(ctx, r.service.options.livekit, token, lksdk.WithAutoSubscribe(false)); err != nil {
		return nil, err
	}
	for _, p := range m.room.GetRemoteParticipants() {
		for _, publication := range p.TrackPublications() {
			if remote, ok := publication.(*lksdk.RemoteTrackPublication); ok && subscribe(remote) {
				m.wanted++
			}
		}
	}
	return m, nil
}

func subscribe(p *lksdk.RemoteTrackPublication) bool {
	return p.Kind() == lksdk.TrackKindAudio && p.SetSubscribed(true) == nil
}

func (m *room) subscribed(t *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, p *lksdk.RemoteParticipant) {
	if t.Kind() != webrtc.RTPCodecTypeAudio {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	one := track{strconv.Itoa(len(m.found)) + ".packets", p.Kind() == lksdk.ParticipantAgent}
	file, err := os.OpenFile(filepath.Join(m.folder, one.File), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil { // the recording is over and its folder gone
		return
	}
	m.found = append(m.found, one)
	m.reading.Add(1)
	go func() {
		defer m.reading.Done()
		keep(t, file, m.began)
	}()
	select {
	case m.news <- struct{}{}:
	default:
	}
}

// settle returns when the tracks that were there at the join are heard.
func (m *room) settle(stop <-chan struct{}) {
	enough := time.After(settledWithin)
	for m.heard() < m.wanted {
		select {
		case <-m.news:
		case <-m.gone:
			return
		case <-stop:
			return
		case <-enough:
			return
		}
	}
}

func (m *room) heard() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.found)
}

// leave ends every track's file. Again: nothing.
func (m *room) leave() {
	m.once.Do(func() {
		m.room.Disconnect()
		m.reading.Wait()
	})
}

// tracks is what was heard; after `leave`.
func (m *room) tracks() []track {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]track{}, m.found...)
}
