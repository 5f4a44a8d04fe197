import COpenSSL

/// TLS on one nonblocking socket, which stays its caller's.
///
/// Sole owner of its OpenSSL object; used on one thread.
package struct TLSConnection: ~Copyable {
    /// What a step came to.
    package enum Outcome: Equatable {
        /// So many bytes were read or taken; 0 for a handshake that is complete.
        case done(Int)
        case wantsRead
        case wantsWrite
        /// The peer has sent its last byte.
        case ended
        case failed
    }

    private let handle: OpaquePointer

    /// The server's side; nil when memory is short.
    package init?(_ context: TLSContext, descriptor: Int32) {
        guard let handle = ossl_tls_accept(context.handle, descriptor) else { return nil }
        self.handle = handle
    }

    /// The client's side; nil when memory is short.
    ///
    /// - Parameter host: name or address that the server's certificate has to carry.
    package init?(_ context: TLSClientContext, descriptor: Int32, host: String) {
        guard let handle = ossl_tls_connect(context.handle, descriptor, host) else { return nil }
        self.handle = handle
    }

    deinit { ossl_tls_free(handle) }

    package func handshake() -> Outcome {
        Outcome(ossl_tls_handshake(handle), count: 0)
    }

    /// - Parameter buffer: not empty.
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        guard let address = buffer.baseAddress else { return .done(0) }
        var count = 0
        let status = ossl_tls_read(handle, address, buffer.count, &count)
        return Outcome(status, count: count)
    }

    /// Whether bytes of the peer are here that the socket no longer shows: they were read ahead.
    package var hasReadAhead: Bool { ossl_tls_has_read_ahead(handle) == 1 }

    /// Takes the first of `bytes`, one record at most. After `wantsWrite` the same bytes have to come again in front.
    package func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard let address = bytes.baseAddress, !bytes.isEmpty else { return .done(0) }
        var count = 0
        let status = ossl_tls_write(handle, address, bytes.count, &count)
        return Outcome(status, count: count)
    }

    /// Tells the peer that nothing follows; it may still send.
    package func finishWriting() {
        ossl_tls_finish_writing(handle)
    }
}

// MARK: What is known of the peer
extension TLSConnection {
    /// Why the last step failed, in OpenSSL's constant words.
    package var failure: String { String(cString: ossl_tls_failure(handle)) }

    /// Whether the step before failed because the peer spoke HTTP in clear text.
    package var peerSpokeHTTP: Bool { ossl_tls_peer_spoke_http(handle) == 1 }

    /// What was agreed on; to be asked after the handshake.
    package var session: TLSSession {
        var count: UInt32 = 0
        let name = ossl_tls_protocol(handle, &count)
        let certificate = ossl_tls_copy_peer_certificate(handle)
        defer { ossl_certificate_free(certificate) }
        return TLSSession(
            version: String(cString: ossl_tls_version(handle)), cipher: String(cString: ossl_tls_cipher(handle)),
            applicationProtocol: name.map {
                String(decoding: UnsafeBufferPointer(start: $0, count: Int(count)), as: UTF8.self)
            },
            peerCertificate: certificate.flatMap { PeerCertificate($0) })
    }
}

extension TLSConnection.Outcome {
    fileprivate init(_ status: ossl_tls_status, count: Int) {
        switch status {
        case OSSL_TLS_DONE: self = .done(count)
        case OSSL_TLS_WANTS_READ: self = .wantsRead
        case OSSL_TLS_WANTS_WRITE: self = .wantsWrite
        case OSSL_TLS_ENDED: self = .ended
        default: self = .failed
        }
    }
}
