package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

const (
	// Why it ended, in the words of livekit-egress (EgressInfo.details).
	byOrder   = "End reason: StopEgress API"
	byRoom    = "End reason: Source closed"
	byService = "End reason: Service terminated"

	toldWithin    = 30 * time.Second // an update that the server does not take is sent again for so long
	againAfter    = 500 * time.Millisecond
	ghostLasts    = 20 * time.Second // the server drops a participant that died without a word after 20.8 s
	notStarted    = "Start signal not received"
	stoppedBefore = "Stop called before pipeline could start"
)

// recording is one egress from its start to its end.
type recording struct {
	service *service
	order   order
	script  script
	folder  string
	began   time.Time // all times in the spool count from here, by the monotonic clock

	stop chan struct{} // closed when it is to end
	once sync.Once

	mu   sync.Mutex // held while the server is told, so that it hears of changes in their order
	info *livekit.EgressInfo
}

func newRecording(s *service, o order, how script, folder string, info *livekit.EgressInfo) *recording {
	return &recording{service: s, order: o, script: how, folder: folder, began: time.Now(), stop: make(chan struct{}), info: info}
}

func (r *recording) snapshot() *livekit.EgressInfo {
	r.mu.Lock()
	defer r.mu.Unlock()
	return proto.CloneOf(r.info)
}

func (r *recording) run() {
	defer r.discard()
	room, err := join(r)
	if err != nil {
		r.failed(livekit.EgressStatus_EGRESS_FAILED, err)
		return
	}
	defer room.leave()
	if r.script.Behaviour == neverStarts {
		select {
		case <-r.stop:
		case <-room.gone:
		}
		r.failed(livekit.EgressStatus_EGRESS_ABORTED, errors.New(notStarted))
		return
	}
	room.settle(r.stop)
	started, active := r.activate()
	if !active {
		r.failed(livekit.EgressStatus_EGRESS_ABORTED, errors.New(stoppedBefore))
		return
	}
	if !r.listen(room) {
		return
	}
	ended := r.since(r.end(byRoom).EndedAt)
	room.leave()
	r.finish(room, r.since(started), ended)
}

// activate: from this instant on its file has the room's sound. False where it was stopped meanwhile.
func (r *recording) activate() (now int64, active bool) {
	now = r.now()
	r.update(func(i *livekit.EgressInfo) {
		if active = i.EndedAt == 0; active {
			i.Status, i.FileResults[0].StartedAt = livekit.EgressStatus_EGRESS_ACTIVE, now
		}
	})
	return now, active
}

// listen until it is to end; false where its script ended it.
func (r *recording) listen(room *room) bool {
	var broken <-chan time.Time
	switch r.script.Behaviour {
	case aborts, fails, dies:
		broken = time.After(r.script.after())
	}
	select {
	case <-r.stop:
		return true
	case <-room.gone:
		return true
	case <-broken:
	}
	switch r.script.Behaviour {
	case aborts:
		r.failed(livekit.EgressStatus_EGRESS_ABORTED, errors.New("scripted: aborted"))
	case fails:
		r.failed(livekit.EgressStatus_EGRESS_FAILED, errors.New("scripted: failed"))
	case dies:
		r.service.forget(r.info.EgressId)
		select {
		case <-room.gone:
		case <-time.After(ghostLasts):
		}
	}
	return false
}

// end marks the last instant of its file. Asked again, or when it has ended, it changes nothing.
func (r *recording) end(why string) *livekit.EgressInfo {
	defer r.once.Do(func() { close(r.stop) })
	return r.update(func(i *livekit.EgressInfo) {
		if i.EndedAt == 0 {
			i.Status, i.Details, i.EndedAt = livekit.EgressStatus_EGRESS_ENDING, why, r.now()
		}
	})
}

func (r *recording) finish(room *room, from, to time.Duration) {
	tracks := room.tracks()
	r.service.mixing <- struct{}{}
	file, err := mixdown(r.service.options.mixdown, r.folder, manifest{from.Nanoseconds(), to.Nanoseconds(), r.order.bitrate, tracks})
	<-r.service.mixing
	if err == nil {
		err = r.upload(file)
	}
	if err != nil {
		r.failed(livekit.EgressStatus_EGRESS_FAILED, err)
		return
	}
	r.update(func(i *livekit.EgressInfo) { i.Status = livekit.EgressStatus_EGRESS_COMPLETE })
}

func (r *recording) upload(file []byte) error {
	size := int64(len(file))
	switch r.script.Behaviour {
	case late:
		time.Sleep(r.script.after())
	case truncated:
		file = file[:len(file)/3]
	}
	if r.script.Behaviour != nothing {
		if err := r.service.bucket.write(r.order.name, file); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.info.FileResults[0]
	f.EndedAt, f.Duration, f.Size = r.info.EndedAt, r.info.EndedAt-f.StartedAt, size
	f.Location = "https://" + r.service.options.bucket + ".storage.googleapis.com/" + r.order.name
	return nil
}

func (r *recording) failed(status livekit.EgressStatus, why error) {
	slog.Warn("recording failed", "egress", r.info.EgressId, "status", status.String(), "why", why.Error())
	r.update(func(i *livekit.EgressInfo) {
		i.Status, i.Error = status, why.Error()
		if i.EndedAt == 0 {
			i.EndedAt = r.now()
		}
		if f := i.FileResults[0]; f.StartedAt == 0 { // no sample of it: as the real one says it
			f.StartedAt, f.EndedAt = i.EndedAt, i.EndedAt
		}
	})
}

// update changes what is known of it, and tells the server.
func (r *recording) update(change func(*livekit.EgressInfo)) *livekit.EgressInfo {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := proto.CloneOf(r.info)
	if change(r.info); proto.Equal(before, r.info) {
		return before
	}
	r.info.UpdatedAt = time.Now().UnixNano()
	now := proto.CloneOf(r.info)
	for until := time.Now().Add(toldWithin); ; time.Sleep(againAfter) {
		_, err := r.service.io.UpdateEgress(context.Background(), now)
		if err == nil {
			return now
		}
		if time.Now().After(until) {
			slog.Error("the server does not listen", "egress", now.EgressId, "status", now.Status.String())
			return now
		}
	}
}

// now is the time of day as the monotonic clock has it since the start: a clock that jumps moves no sound.
func (r *recording) now() int64 { return r.began.UnixNano() + time.Since(r.began).Nanoseconds() }

func (r *recording) since(at int64) time.Duration { return time.Duration(at - r.began.UnixNano()) }

func (r *recording) discard() {
	r.service.forget(r.info.EgressId)
	if err := os.RemoveAll(r.folder); err != nil {
		slog.Error("a spool stays behind", "egress", r.info.EgressId)
	}
}
