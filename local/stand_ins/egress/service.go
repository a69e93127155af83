package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/livekit/protocol/egress"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"github.com/redis/go-redis/v9"
)

const finishedWithin = 8 * time.Second // told to stop: then what is not uploaded is lost

// service is what livekit-server asks of livekit-egress.
type service struct {
	rpc.UnimplementedEgressHandlerServer // UpdateEgress and UpdateStream are of no use to a file

	options options
	book    *book
	bucket  *bucket
	mixing  chan struct{} // one file at a time: what is being recorded comes first

	io      rpc.IOInfoClient
	start   rpc.EgressInternalServer
	handler rpc.EgressHandlerServer

	mu         sync.Mutex
	recordings map[string]*recording // by egress id; those that have not ended
	running    sync.WaitGroup
}

func newService(bus redis.UniversalClient, o options) (*service, error) {
	s := &service{options: o, book: newBook(), bucket: newBucket(o.storage, o.bucket), mixing: make(chan struct{}, 1),
		recordings: map[string]*recording{}}
	lines := psrpc.NewRedisMessageBus(bus)
	var err error
	if s.io, err = rpc.NewIOInfoClient(lines); err != nil {
		return nil, err
	}
	if s.handler, err = rpc.NewEgressHandlerServer(s, lines); err != nil {
		return nil, err
	}
	if s.start, err = rpc.NewEgressInternalServer(s, lines); err != nil {
		return nil, err
	}
	if err = s.start.RegisterListActiveEgressTopic(""); err != nil {
		return nil, err
	}
	return s, s.start.RegisterStartEgressTopic("")
}

// StartEgressAffinity: 1 is answered at once, less makes the server wait for other bidders, and below 0 is no bid.
func (s *service) StartEgressAffinity(_ context.Context, r *rpc.StartEgressRequest) float32 {
	if s.book.decide(r.EgressId, r.GetRoomComposite().GetRoomName()).Behaviour == silent {
		return -1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.recordings) == 0 {
		return 0.5 // an idle one leaves it to one at work, if there is: livekit-server then waits half a second for that
	}
	return 1
}

func (s *service) StartEgress(ctx context.Context, r *rpc.StartEgressRequest) (*livekit.EgressInfo, error) {
	wanted, err := read(r)
	if err != nil {
		return nil, err
	}
	script := s.book.decide(r.EgressId, wanted.room)
	if script.Behaviour == refuses {
		return nil, psrpc.NewErrorf(psrpc.ResourceExhausted, "not enough CPU")
	}
	folder := filepath.Join(s.options.spool, r.EgressId)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, psrpc.NewErrorf(psrpc.Internal, "no spool")
	}
	composite := r.GetRoomComposite()
	egress.RedactEncodedOutputs(composite) // as the real one does
	now := time.Now().UnixNano()           // the egress' start, as the real one has it; its file's comes with the first sample
	info := &livekit.EgressInfo{
		EgressId: r.EgressId, RoomId: r.RoomId, RoomName: wanted.room, SourceType: livekit.EgressSourceType_EGRESS_SOURCE_TYPE_SDK,
		Status: livekit.EgressStatus_EGRESS_STARTING, StartedAt: now, UpdatedAt: now,
		Request:     &livekit.EgressInfo_RoomComposite{RoomComposite: composite},
		FileResults: []*livekit.FileInfo{{Filename: wanted.name}},
	}
	one := newRecording(s, wanted, script, folder, info)
	if _, err := s.io.CreateEgress(ctx, info); err != nil { // before any update, or the server never tells of its start
		one.discard()
		return nil, err
	}
	if err := s.handler.RegisterStopEgressTopic(r.EgressId); err != nil {
		one.discard()
		return nil, err
	}
	answer := one.snapshot()
	s.mu.Lock()
	s.recordings[r.EgressId] = one
	s.running.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.running.Done()
		one.run()
	}()
	return answer, nil
}

func (s *service) ListActiveEgress(context.Context, *rpc.ListActiveEgressRequest) (*rpc.ListActiveEgressResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &rpc.ListActiveEgressResponse{EgressIds: slices.Collect(maps.Keys(s.recordings))}, nil
}

func (s *service) StopEgress(_ context.Context, r *livekit.StopEgressRequest) (*livekit.EgressInfo, error) {
	s.mu.Lock()
	one := s.recordings[r.EgressId]
	s.mu.Unlock()
	if one == nil {
		return nil, psrpc.NewErrorf(psrpc.NotFound, "egress not found")
	}
	return one.end(byOrder), nil
}

// forget: nobody can stop it any more.
func (s *service) forget(egressID string) {
	s.mu.Lock()
	delete(s.recordings, egressID)
	s.mu.Unlock()
	s.handler.DeregisterStopEgressTopic(egressID) // waits for a stop that is being answered
}

// close ends what is being recorded, and takes no more.
func (s *service) close() {
	s.start.DeregisterStartEgressTopic("")
	s.mu.Lock()
	for _, one := range s.recordings {
		go one.end(byService)
	}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() { s.running.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(finishedWithin):
	}
}
