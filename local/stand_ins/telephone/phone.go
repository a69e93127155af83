package main

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	writeWithin = 2 * time.Second
	partWithin  = time.Second
)

// phone is the WebSocket of one call. Events are queued without loss; media is dropped when the phone does not keep up,
// as a network would.
type phone struct {
	socket *websocket.Conn
	events chan event
	sounds chan []byte
	done   chan struct{} // closed when nothing more can be written
	over   sync.Once
	quit   chan struct{} // asks the writer to finish what is queued and close
	stop   sync.Once
	parted chan struct{} // closed when nothing more can be read
	part   sync.Once
}

func newPhone(socket *websocket.Conn) *phone {
	p := &phone{socket: socket, events: make(chan event, 256), sounds: make(chan []byte, 64),
		done: make(chan struct{}), quit: make(chan struct{}), parted: make(chan struct{})}
	go p.write()
	return p
}

func (p *phone) tell(e event) {
	select {
	case p.events <- e:
	case <-p.done:
	}
}

func (p *phone) media(packet []byte) {
	select {
	case p.sounds <- packet:
	default:
	}
}

// read returns the next message. After an error there is none.
func (p *phone) read() (kind int, body []byte, err error) {
	if kind, body, err = p.socket.ReadMessage(); err != nil {
		p.part.Do(func() { close(p.parted) })
	}
	return kind, body, err
}

// close sends what is queued, then the WebSocket's own good-bye, and waits for both.
func (p *phone) close() {
	p.stop.Do(func() { close(p.quit) })
	<-p.done
}

func (p *phone) write() {
	defer p.socket.Close()
	defer p.over.Do(func() { close(p.done) })
	for {
		var err error
		select {
		case e := <-p.events:
			err = p.writeEvent(e)
		case packet := <-p.sounds:
			err = p.send(websocket.BinaryMessage, packet)
		case <-p.quit:
			for err == nil {
				select {
				case e := <-p.events:
					err = p.writeEvent(e)
				default:
					goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
					_ = p.socket.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(writeWithin))
					select { // closed at once, what the phone still sends would cost it what it has not read
					case <-p.parted:
					case <-time.After(partWithin):
					}
					return
				}
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *phone) writeEvent(e event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return p.send(websocket.TextMessage, text)
}

func (p *phone) send(kind int, body []byte) error {
	if err := p.socket.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return p.socket.WriteMessage(kind, body)
}
