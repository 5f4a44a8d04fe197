import CLinux
import Foundation

/// Memory that a thread has freed is used again by the next request, whichever thread works on it: for services whose
/// requests take much. The C library would otherwise keep what is freed for up to eight threads a processor apart.
package func shareFreedMemory() {
    linux_limit_arenas(CInt(ProcessInfo.processInfo.activeProcessorCount))
}
