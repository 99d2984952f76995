package sdk

import "time"

// Mutex is a lock that a task may hold while it waits in an Env call; a sync.Mutex must not be held then. Waiters take
// turns.
type Mutex struct {
	cond Cond
	held bool
}

// NewMutex makes an unlocked mutex.
func NewMutex(env Env) *Mutex { return &Mutex{cond: env.NewCond()} }

// Lock waits until the mutex is free, and takes it. If the node stops, it returns ErrStopped without the lock.
func (m *Mutex) Lock() error {
	m.cond.Lock()
	defer m.cond.Unlock()
	for m.held {
		if err := m.cond.Wait(time.Time{}); err != nil {
			return err
		}
	}
	m.held = true
	return nil
}

// Unlock frees the mutex. It panics if the mutex is not locked.
func (m *Mutex) Unlock() {
	m.cond.Lock()
	defer m.cond.Unlock()
	if !m.held {
		panic("sdk: Unlock of a Mutex that is not locked")
	}
	m.held = false
	m.cond.Signal()
}
