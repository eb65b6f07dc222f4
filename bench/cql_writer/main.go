// cql_writer inserts the rows that Jaeger would write for a span, with nothing in front of the store: no OTLP,
// no queues, no conversion. What a pipeline reaches is told as a share of what this does.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gocql/gocql"
)

const heap = 256 << 20

// plan is written by bench/write_path.
type plan struct {
	Salt      uint64      `json:"salt"`
	Start     int64       `json:"start_us"`
	Traces    int         `json:"traces"`
	Positions int         `json:"positions"`
	Shapes    [][][]shape `json:"shapes"` // by service, position, variation
}

type result struct {
	Written int64 `json:"written"`
	Failed  int64 `json:"failed"`
}

func main() {
	host := flag.String("host", "127.0.0.1", "the store")
	port := flag.Int("port", 9042, "its CQL port")
	datacenter := flag.String("datacenter", "datacenter1", "its datacenter")
	keyspace := flag.String("keyspace", "", "where to write")
	file := flag.String("plan", "", "what to write")
	workers := flag.Int("workers", 100, "statements under way at once")
	connections := flag.Int("connections", 2, "connections to the store")
	plain := flag.Bool("plain", false, "no compression on the wire")
	length := flag.Duration("for", 10*time.Second, "how long")
	flag.Parse()

	// Its heap is tiny: by default it would be collected many times a second, and the bound be too low.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(heap)

	text, err := os.ReadFile(*file)
	if err != nil {
		log.Fatal(err)
	}
	var todo plan
	if err := json.Unmarshal(text, &todo); err != nil {
		log.Fatal(err)
	}

	// As Jaeger sets its driver up, beside what is given.
	cluster := gocql.NewCluster(*host)
	cluster.Port = *port
	cluster.Keyspace = *keyspace
	cluster.ProtoVersion = 4
	cluster.Consistency = gocql.LocalOne
	cluster.NumConns = *connections
	cluster.Timeout = 10 * time.Second
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(gocql.DCAwareRoundRobinPolicy(*datacenter))
	if !*plain {
		cluster.Compressor = gocql.SnappyCompressor{}
	}
	session, err := cluster.CreateSession()
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()

	began := time.Now()
	fmt.Printf("{\"began_us\": %d}\n", began.UnixMicro())
	answer, err := json.Marshal(run(session, todo, *workers, began.Add(*length)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(answer))
}

func run(session *gocql.Session, todo plan, workers int, end time.Time) result {
	var next, written, failed atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for time.Now().Before(end) {
				if err := todo.write(session, next.Add(1)-1); err != nil {
					if failed.Add(1) == 1 {
						log.Print(err)
					}
					continue
				}
				written.Add(1)
			}
		})
	}
	group.Wait()
	return result{Written: written.Load(), Failed: failed.Load()}
}
