// Answers with the tide, from a module that is kept in the folder vendor.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/tide"
)

// Set by the build: GO_LINKER_SYMBOL=main.commit.
var commit = "unknown"

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "5000"
	}
	http.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		fmt.Fprintf(response, "Hello from Go. High tide at %s. Commit %s.\n", tide.High(), commit)
	})
	log.Printf("Listening on %s", port)
	log.Fatal(http.ListenAndServe(":"+port, nil))
}
