// Faulty is a server of an image that must not replace a registry: it exits, or answers 503.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "exits" {
		fmt.Println("exits on purpose")
		os.Exit(1)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "sick on purpose", http.StatusServiceUnavailable)
	})
	fmt.Println("answers 503 on purpose")
	fmt.Println(http.ListenAndServeTLS(":5000", "/certs/tls.crt", "/certs/tls.key", nil))
	os.Exit(1)
}
