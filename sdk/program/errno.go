package program

import (
	"errors"
	"net"
	"os"
	"syscall"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
)

// errno is an error number of WASI preview 1.
type errno uint32

const (
	success      errno = 0
	eAddrInUse   errno = 3
	eNoPort      errno = 4 // ADDRNOTAVAIL
	eAgain       errno = 6
	eBadf        errno = 8
	eBusy        errno = 10
	eConnRefused errno = 14
	eConnReset   errno = 15
	eExist       errno = 20
	eFault       errno = 21
	eHostUnreach errno = 23
	eInProgress  errno = 26
	eInval       errno = 28
	eIO          errno = 29
	eIsDir       errno = 31
	eMFile       errno = 33
	eMsgSize     errno = 35
	eNameTooLong errno = 37
	eNoEnt       errno = 44
	eNoSpc       errno = 51
	eNotConn     errno = 53
	eNotDir      errno = 54
	eNotEmpty    errno = 55
	eNotSock     errno = 57
	eNotSup      errno = 58
	ePipe        errno = 64
	eSPipe       errno = 70
	eTimedOut    errno = 73
)

// numbers tells which error of the environment is which number.
var numbers = []struct {
	err error
	no  errno
}{
	{sdk.ErrRefused, eConnRefused}, {sdk.ErrReset, eConnReset}, {sdk.ErrNoNode, eHostUnreach}, {sdk.ErrInUse, eAddrInUse},
	{sdk.ErrNoPort, eNoPort},
	{sdk.ErrTooLarge, eMsgSize}, {sdk.ErrTimeout, eTimedOut}, {os.ErrNotExist, eNoEnt}, {net.ErrClosed, eBadf},
	{disk.ErrTooBig, eNoSpc}, {disk.ErrName, eNameTooLong}, {syscall.EMFILE, eMFile},
}

// number is an error of the environment as the program sees it.
func number(err error) errno {
	if err == nil {
		return success
	}
	for _, n := range numbers {
		if errors.Is(err, n.err) {
			return n.no
		}
	}
	return eIO
}
