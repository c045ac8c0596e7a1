package templates

import "sync"

// maxCached bounds the cache: some hundred shops with all three parts of their
// own. A shop beyond it pays for reading its template again, some 0.2 ms.
const maxCached = 512

// cache keeps merchants' templates read, by their text: a template that was
// changed is another one, and none goes stale.
type cache struct {
	most  int
	mu    sync.Mutex
	parts map[source]*compiled
}

type source struct{ journey, part, text string }

func newCache(most int) *cache {
	return &cache{most: most, parts: map[source]*compiled{}}
}

// part is the template read, at once when it was before. Broken ones are not
// kept: they are repaired, not repeated.
func (c *cache) part(g guard, journey, name, text string) (*compiled, error) {
	key := source{journey, name, text}
	c.mu.Lock()
	found := c.parts[key]
	c.mu.Unlock()
	if found != nil {
		return found, nil
	}
	read, err := g.compile(name, text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.parts { // any one makes room: all are as likely to come again
		if len(c.parts) < c.most {
			break
		}
		delete(c.parts, k)
	}
	c.parts[key] = read
	return read, nil
}
