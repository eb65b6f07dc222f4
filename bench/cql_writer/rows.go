package main

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/gocql/gocql"
)

// The statements are Jaeger's own, so that the store does the same work.
const (
	insertSpan = `INSERT INTO traces(trace_id, span_id, span_hash, parent_id, operation_name, flags,
		start_time, duration, tags, logs, refs, process) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertService = `INSERT INTO service_name_index(service_name, bucket, start_time, trace_id)
		VALUES (?, ?, ?, ?)`
	insertOperation = `INSERT INTO service_operation_index(service_name, operation_name, start_time, trace_id)
		VALUES (?, ?, ?, ?)`
	insertTag = `INSERT INTO tag_index(trace_id, span_id, service_name, start_time, tag_key, tag_value)
		VALUES (?, ?, ?, ?, ?, ?)`
	insertDuration = `INSERT INTO duration_index(service_name, operation_name, bucket, duration, start_time, trace_id)
		VALUES (?, ?, ?, ?, ?, ?)`
	serviceBuckets = 10
)

// shape is a span without its ids and times.
type shape struct {
	Service  string  `json:"service"`
	Name     string  `json:"name"`
	Duration int64   `json:"duration_us"`
	Tags     []tag   `json:"tags"`
	Process  []tag   `json:"process"`
	Indexed  []index `json:"indexed"`
}

type index struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// tag is a value of the user type keyvalue.
type tag struct {
	Key    string  `json:"key"`
	Type   string  `json:"type"`
	String string  `json:"string"`
	Bool   bool    `json:"bool"`
	Long   int64   `json:"long"`
	Double float64 `json:"double"`
}

// MarshalUDT writes one field of a keyvalue, without reflection over the struct.
func (t tag) MarshalUDT(name string, info gocql.TypeInfo) ([]byte, error) {
	switch name {
	case "key":
		return gocql.Marshal(info, t.Key)
	case "value_type":
		return gocql.Marshal(info, t.Type)
	case "value_string":
		return gocql.Marshal(info, t.String)
	case "value_bool":
		return gocql.Marshal(info, t.Bool)
	case "value_long":
		return gocql.Marshal(info, t.Long)
	case "value_double":
		return gocql.Marshal(info, t.Double)
	case "value_binary":
		return nil, nil
	}
	return nil, fmt.Errorf("keyvalue has no field %q", name)
}

type process struct {
	service string
	tags    []tag
}

// MarshalUDT writes one field of a process.
func (p process) MarshalUDT(name string, info gocql.TypeInfo) ([]byte, error) {
	if name == "service_name" {
		return gocql.Marshal(info, p.service)
	}
	return gocql.Marshal(info, p.tags)
}

type reference struct {
	trace  []byte
	parent int64
}

// MarshalUDT writes one field of a span_ref.
func (r reference) MarshalUDT(name string, info gocql.TypeInfo) ([]byte, error) {
	switch name {
	case "ref_type":
		return gocql.Marshal(info, "child-of")
	case "trace_id":
		return r.trace, nil
	}
	return gocql.Marshal(info, r.parent)
}

// span is the place of a span in the run: batch, trace in the batch, position in its service.
type span struct {
	group, service, trace, position uint32
}

// placed returns the place of the n-th span of the run; it must match bench/write_path/spans.py.
func (p plan) placed(n int64) span {
	perBatch := int64(p.Traces * p.Positions)
	batch, within := n/perBatch, n%perBatch
	services := int64(len(p.Shapes))
	return span{
		group:    uint32(batch/services) + 1,
		service:  uint32(batch % services),
		trace:    uint32(within / int64(p.Positions)),
		position: uint32(within % int64(p.Positions)),
	}
}

// write inserts the rows of one span one after the other, as Jaeger does.
func (p plan) write(session *gocql.Session, n int64) error {
	at := p.placed(n)
	variations := p.Shapes[at.service][at.position]
	form := variations[int(at.group+at.trace)%len(variations)]
	trace := make([]byte, 16)
	binary.BigEndian.PutUint64(trace, p.Salt)
	binary.BigEndian.PutUint32(trace[8:], at.group)
	binary.BigEndian.PutUint32(trace[12:], at.trace)
	nth := at.service*uint32(p.Positions) + at.position
	id := int64(at.group)<<32 | int64(at.trace)<<8 | int64(nth+1)
	var references []reference
	if nth > 0 {
		references = []reference{{trace, id - 1}}
	}
	start := p.Start + n
	hash := id * 0x5851F42D4C957F2D
	bucket := time.UnixMicro(start).Round(time.Hour)
	for _, query := range []*gocql.Query{
		session.Query(insertSpan, trace, id, hash, int64(0), form.Name, int32(0), start, form.Duration,
			form.Tags, nil, references, process{form.Service, form.Process}),
		session.Query(insertService, form.Service, uint64(hash)%serviceBuckets, start, trace),
		session.Query(insertOperation, form.Service, form.Name, start, trace),
		session.Query(insertDuration, form.Service, "", bucket, form.Duration, start, trace),
		session.Query(insertDuration, form.Service, form.Name, bucket, form.Duration, start, trace),
	} {
		if err := query.Exec(); err != nil {
			return err
		}
	}
	for _, indexed := range form.Indexed {
		err := session.Query(insertTag, trace, id, form.Service, start, indexed.Key, indexed.Value).Exec()
		if err != nil {
			return err
		}
	}
	return nil
}
