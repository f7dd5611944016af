// Verifies a log in the C2SP tlog-tiles format with code that is not ours: the packages note and tlog of
// golang.org/x/mod/sumdb, by which Go checks its own checksum database. What stands here only fetches and unpacks.
//
//	foreign_verifier -vkey VKEY [-proofs FILE] FOLDER
//	foreign_verifier -vkey VKEY [-proofs FILE] -url URL [-token TOKEN]
//
// FOLDER, or what is served below URL, holds the log: checkpoint, tile/0/..., tile/entries/... FILE is JSON:
//
//	{"inclusion": [{"index": 5, "hashes": ["base64"]}],
//	 "consistency": [{"size": 3, "root": "base64", "hashes": ["base64"]}]}
//
// It exits with 0 and a line that says what was verified, with 1 and the reason for the refusal, or with 2 if it was
// called wrongly.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxBytes   = 32 << 20 // of one file: 256 entries of 65,535 bytes are 16 MiB
)

// A source gives the file at a path below the log's prefix.
type source func(path string) ([]byte, error)

func fromFolder(folder string) source {
	return func(path string) ([]byte, error) {
		return os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)))
	}
}

func fromURL(prefix, token string) source {
	client := &http.Client{Timeout: 30 * time.Second}
	return func(path string) ([]byte, error) {
		request, err := http.NewRequest("GET", strings.TrimSuffix(prefix, "/")+"/"+path, nil)
		if err != nil {
			return nil, err
		}
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: status %s", path, answer.Status)
		}
		data, err := io.ReadAll(io.LimitReader(answer.Body, maxBytes+1))
		if err == nil && len(data) > maxBytes {
			err = fmt.Errorf("%s: more than %d bytes", path, maxBytes)
		}
		return data, err
	}
}

// openCheckpoint verifies the log's signature and reads the text that it covers.
func openCheckpoint(data []byte, vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("the checkpoint is not of the log %s", verifier.Name())
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	if tree.N < 1 {
		return tree, errors.New("a log without entries: there is nothing to verify")
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// readEntries reads all entries of a tree of this size, from their bundles.
func readEntries(read source, size int64) ([][]byte, error) {
	var entries [][]byte
	for int64(len(entries)) < size {
		tile := tlog.Tile{H: tileHeight, L: -1, N: int64(len(entries)) / tileWidth, W: tileWidth}
		if left := size - int64(len(entries)); left < tileWidth {
			tile.W = int(left)
		}
		path := pathOf(tile)
		data, err := read(path)
		if err != nil {
			return nil, err
		}
		for item := 0; item < tile.W; item++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s ends too early", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			entries, data = append(entries, data[2:end]), data[end:]
		}
		if len(data) != 0 {
			return nil, fmt.Errorf("%s goes on after its last entry", path)
		}
	}
	return entries, nil
}

// hashEntries makes the hashes that package tlog keeps of a log, from the entries alone.
func hashEntries(entries [][]byte) (tlog.HashReader, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for at, index := range indexes {
			hashes[at] = stored[index]
		}
		return hashes, nil
	})
	for index, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(index), entry, reader)
		if err != nil {
			return nil, err
		}
		stored = append(stored, hashes...)
	}
	return reader, nil
}

// verifyTree compares the root hash, and every hash tile that a log of this size has, with what the entries make.
func verifyTree(tree tlog.Tree, hashes tlog.HashReader, given tiles) error {
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the entries do not have the checkpoint's root hash")
	}
	for _, tile := range tilesOf(tree.N) {
		expected, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		data, err := given.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return err
		}
		if !bytes.Equal(data[0], expected) {
			return fmt.Errorf("%s is not what the entries make", pathOf(tile))
		}
	}
	return nil
}

// tilesOf names all hash tiles of a log of this size, each as wide as it is then.
func tilesOf(size int64) (all []tlog.Tile) {
	for level, count := 0, size; count > 0; level, count = level+1, count/tileWidth {
		for first := int64(0); first < count; first += tileWidth {
			width := count - first
			if width > tileWidth {
				width = tileWidth
			}
			all = append(all, tlog.Tile{H: tileHeight, L: level, N: first / tileWidth, W: int(width)})
		}
	}
	return all
}

// pathOf gives a tile's path in the form of tlog-tiles, which has no height in it and says entries, not data.
func pathOf(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

// tiles is the log's hash tiles as package tlog asks for them, each fetched once.
type tiles struct {
	read source
	seen map[tlog.Tile][]byte
}

func (t tiles) Height() int { return tileHeight }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(wanted))
	for at, tile := range wanted {
		data, known := t.seen[tile]
		if !known {
			var err error
			if data, err = t.read(pathOf(tile)); err != nil {
				return nil, err
			}
			if len(data) != tile.W*tlog.HashSize {
				return nil, fmt.Errorf("%s has %d bytes", pathOf(tile), len(data))
			}
			t.seen[tile] = data
		}
		all[at] = data
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

type proofs struct {
	Inclusion []struct {
		Index  int64
		Hashes tlog.RecordProof
	}
	Consistency []struct {
		Size   int64
		Root   tlog.Hash
		Hashes tlog.TreeProof
	}
}

// verifyProofs checks each proof, and that package tlog makes the very same ones from the tiles.
func verifyProofs(given proofs, entries [][]byte, tree tlog.Tree, reader tlog.HashReader) error {
	for _, proof := range given.Inclusion {
		if proof.Index < 0 || proof.Index >= tree.N {
			return fmt.Errorf("there is no entry %d", proof.Index)
		}
		leaf := tlog.RecordHash(entries[proof.Index])
		if err := tlog.CheckRecord(proof.Hashes, tree.N, tree.Hash, proof.Index, leaf); err != nil {
			return fmt.Errorf("inclusion of entry %d: %w", proof.Index, err)
		}
		made, err := tlog.ProveRecord(tree.N, proof.Index, reader)
		if err != nil || !equal(made, proof.Hashes) {
			return fmt.Errorf("inclusion of entry %d: the tiles give another proof (%v)", proof.Index, err)
		}
	}
	for _, proof := range given.Consistency {
		if err := tlog.CheckTree(proof.Hashes, tree.N, tree.Hash, proof.Size, proof.Root); err != nil {
			return fmt.Errorf("consistency from size %d: %w", proof.Size, err)
		}
		made, err := tlog.ProveTree(tree.N, proof.Size, reader)
		if err != nil || !equal(made, proof.Hashes) {
			return fmt.Errorf("consistency from size %d: the tiles give another proof (%v)", proof.Size, err)
		}
	}
	return nil
}

func equal(one, other []tlog.Hash) bool {
	if len(one) != len(other) {
		return false
	}
	for at := range one {
		if one[at] != other[at] {
			return false
		}
	}
	return true
}

func verify(read source, vkey string, given proofs) (tlog.Tree, error) {
	data, err := read("checkpoint")
	if err != nil {
		return tlog.Tree{}, err
	}
	tree, err := openCheckpoint(data, vkey)
	if err != nil {
		return tree, err
	}
	entries, err := readEntries(read, tree.N)
	if err != nil {
		return tree, err
	}
	hashes, err := hashEntries(entries)
	if err != nil {
		return tree, err
	}
	fetched := tiles{read, map[tlog.Tile][]byte{}}
	if err := verifyTree(tree, hashes, fetched); err != nil {
		return tree, err
	}
	return tree, verifyProofs(given, entries, tree, tlog.TileHashReader(tree, fetched))
}

func main() {
	vkey := flag.String("vkey", "", "the log's verifier key")
	proofFile := flag.String("proofs", "", "a JSON `FILE` with proofs to check")
	url := flag.String("url", "", "the `URL` below which the log is served")
	token := flag.String("token", "", "the bearer token for tiles and entries")
	flag.Parse()
	folders := 1
	if *url != "" {
		folders = 0
	}
	if *vkey == "" || flag.NArg() != folders {
		fmt.Fprintln(os.Stderr, "give -vkey, and either a folder or -url")
		os.Exit(2)
	}
	read := fromFolder(flag.Arg(0))
	if *url != "" {
		read = fromURL(*url, *token)
	}
	var given proofs
	if *proofFile != "" {
		data, err := os.ReadFile(*proofFile)
		if err == nil {
			err = json.Unmarshal(data, &given)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	tree, err := verify(read, *vkey, given)
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Printf("accepted: %d entries, root hash %s, %d inclusion and %d consistency proofs\n",
		tree.N, tree.Hash, len(given.Inclusion), len(given.Consistency))
}
