// cql_writer inserts the rows that Jaeger would write for a span directly into the store: no OTLP, no queues, no
// conversion. Its rate is the upper bound to which the rate of a pipeline is compared.
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
	host := flag.String("host", "127.0.0.1", "host of the store")
	port := flag.Int("port", 9042, "CQL port of the store")
	datacenter := flag.String("datacenter", "datacenter1", "datacenter of the store")
	keyspace := flag.String("keyspace", "", "keyspace to write to")
	file := flag.String("plan", "", "JSON file with the plan")
	workers := flag.Int("workers", 100, "number of concurrent statements")
	connections := flag.Int("connections", 2, "number of connections to the store")
	plain := flag.Bool("plain", false, "disable compression of the connections")
	length := flag.Duration("for", 10*time.Second, "duration of the run")
	flag.Parse()

	// The heap is tiny: the default would collect it many times a second and make the bound too low.
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

	// The other settings are those of Jaeger's driver.
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
