module tracing-kit/bench/cql_writer

go 1.26

require github.com/gocql/gocql v1.7.0

require (
	github.com/golang/snappy v1.0.0 // indirect
	github.com/hailocab/go-hostpool v0.0.0-20160125115350-e80d13ce29ed // indirect
	gopkg.in/inf.v0 v0.9.1 // indirect
)
