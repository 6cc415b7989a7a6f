// Verifier tells whether Go's TLS accepts certificates: as a server that loads them, and as a peer.
//
// It reads a JSON object per line and answers each with a line: empty if everything is accepted,
// otherwise the error.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"
)

type question struct {
	Certificate string // the chain that one side presents
	Key         string
	Trust       string // what the other side trusts
	Hostname    string // the name of the server; empty if the chain is a client's
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	answers := bufio.NewWriter(os.Stdout)
	defer answers.Flush()
	own := ownCertificate()
	decoder := json.NewDecoder(lines)
	for decoder.More() {
		var asked question
		if err := decoder.Decode(&asked); err != nil {
			panic(err)
		}
		answer := ""
		if err := verify(asked, own); err != nil {
			answer = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Fprintln(answers, answer)
	}
}

func verify(asked question, own tls.Certificate) error {
	pair, err := tls.X509KeyPair([]byte(asked.Certificate), []byte(asked.Key))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	for rest := []byte(asked.Trust); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		trusted, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		pool.AddCert(trusted)
	}
	server := &tls.Config{Certificates: []tls.Certificate{pair}}
	client := &tls.Config{RootCAs: pool, ServerName: asked.Hostname}
	if asked.Hostname == "" {
		server = &tls.Config{Certificates: []tls.Certificate{own}, ClientCAs: pool,
			ClientAuth: tls.RequireAndVerifyClientCert}
		client = &tls.Config{Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true}
	}
	return handshake(server, client)
}

// handshake returns the first error of the two sides.
func handshake(server, client *tls.Config) error {
	near, far := pair()
	defer near.Close()
	defer far.Close()
	deadline := time.Now().Add(10 * time.Second)
	near.SetDeadline(deadline)
	far.SetDeadline(deadline)
	served := make(chan error, 1)
	go func() {
		err := tls.Server(far, server).Handshake()
		if err != nil {
			far.Close()
		}
		served <- err
	}()
	connection := tls.Client(near, client)
	err := connection.Handshake()
	if err == nil {
		go connection.Read(make([]byte, 1)) // what the server sends last
	} else {
		near.Close()
	}
	accepted := <-served
	if client.RootCAs != nil {
		return err
	}
	return accepted
}

// pair returns the two ends of a connection. Unlike those of net.Pipe, they have buffers: both sides
// may send an alert at the same time.
func pair() (net.Conn, net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	far, err := listener.Accept()
	if err != nil {
		panic(err)
	}
	return near, far
}

// ownCertificate makes the server's certificate for questions about a client's.
func ownCertificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}
}
