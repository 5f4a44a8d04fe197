import CNGHTTP2
import Foundation

/// What a session finds in its peer's frames, and what it asks when it may send.
protocol HTTP2SessionDelegate: AnyObject {
    /// A request begins; false refuses it (REFUSED_STREAM).
    func streamBegan(_ stream: Int32) -> Bool
    func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, on stream: Int32)
    func headEnded(_ stream: Int32)
    func received(data: UnsafeRawBufferPointer, on stream: Int32)
    /// The request is complete.
    func requestEnded(_ stream: Int32)
    /// The last byte of the answer has been framed.
    func answerEnded(_ stream: Int32)
    func streamClosed(_ stream: Int32)
    /// Fills `buffer` with what is ready of the answer's body.
    func nextBytes(of stream: Int32, into buffer: UnsafeMutableRawBufferPointer) -> HTTP2BodyStep
    /// Asked before such a frame is worked on; false ends the session.
    func admits(_ frame: HTTP2CheapFrame) -> Bool
    /// The peer answered the ping that `announceEnd` sent.
    func endIsKnown()
}

/// Frames of which few are normal and many an attack.
enum HTTP2CheapFrame {
    /// A stream is given up, by its peer's will or its mistake.
    case reset
    /// PING, SETTINGS, PRIORITY, DATA without bytes.
    case control

    /// nil where the frame is none of them.
    init?(_ head: nghttp2_frame_hd) {
        let has = { (flag: nghttp2_flag) in head.flags & UInt8(flag.rawValue) != 0 }
        switch UInt32(head.type) {
        case NGHTTP2_RST_STREAM.rawValue: self = .reset
        case NGHTTP2_DATA.rawValue:
            // Padding alone can take 256 bytes (RFC 9113 §6.1).
            let isEmpty =
                head.length == 0 && !has(NGHTTP2_FLAG_END_STREAM) || has(NGHTTP2_FLAG_PADDED) && head.length <= 256
            guard isEmpty else { return nil }
            self = .control
        case NGHTTP2_PING.rawValue, NGHTTP2_SETTINGS.rawValue:
            guard !has(NGHTTP2_FLAG_ACK) else { return nil }
            self = .control
        case NGHTTP2_PRIORITY.rawValue: self = .control
        default: return nil
        }
    }
}

/// What a stream has to send next.
enum HTTP2BodyStep {
    case bytes(Int)
    /// The last bytes, which may be none.
    case last(Int, trailers: HTTPFields?)
    /// Nothing now; `resume` says when.
    case later
    case failed
}

/// One side of HTTP/2, the server's, as bytes in and bytes out: nghttp2 without its socket.
final class HTTP2Session {
    /// A connection's window: what a peer may send on all its streams before anything is read.
    private static let connectionWindow: Int32 = 16 << 20

    /// Owns the session. (A weak reference would make every retain of the delegate slow.)
    unowned var delegate: (any HTTP2SessionDelegate)?
    private var session: OpaquePointer?
    /// The fields of the block that is being sent; its memory is used again.
    private var block = HTTP2FieldBlock()

    /// nil when memory is short.
    init?(limits: HTTPLimits) {
        guard let callbacks = Self.makeCallbacks(), let options = Self.makeOptions(limits) else { return nil }
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(options)
        }
        let me = Unmanaged.passUnretained(self).toOpaque()
        guard nghttp2_session_server_new2(&session, callbacks, me, options) == 0 else { return nil }
        sendSettings(limits)
    }

    deinit { nghttp2_session_del(session) }

    private func sendSettings(_ limits: HTTPLimits) {
        let entries = [
            (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.maxStreamsPerConnection),
            (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.maxBufferedBodyBytes),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.maxHeaderBytes + limits.maxTargetBytes),
        ].map { nghttp2_settings_entry(settings_id: Int32($0.rawValue), value: UInt32(clamping: $1)) }
        nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count)
        nghttp2_session_set_local_window_size(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0,
            max(Self.connectionWindow, Int32(clamping: limits.maxBufferedBodyBytes)))
    }
}

// MARK: Bytes
extension HTTP2Session {
    /// Takes bytes of the peer.
    ///
    /// - Returns: nil, or what to tell it when it broke the protocol or a limit so that it cannot be understood further.
    func receive(_ bytes: UnsafeRawBufferPointer) -> nghttp2_error_code? {
        let count = nghttp2_session_mem_recv(session, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        guard count < 0 else { return nil }
        switch Int32(clamping: count) {
        case NGHTTP2_ERR_FLOODED.rawValue, NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue,
            NGHTTP2_ERR_CALLBACK_FAILURE.rawValue:
            return NGHTTP2_ENHANCE_YOUR_CALM
        case NGHTTP2_ERR_NOMEM.rawValue: return NGHTTP2_INTERNAL_ERROR
        default: return NGHTTP2_PROTOCOL_ERROR
        }
    }

    /// Hands the next bytes for the peer to `send`, which copies them. False: there are none now, or no more ever.
    func produce(_ send: (UnsafeRawBufferPointer) -> Void) -> Bool {
        var bytes: UnsafePointer<UInt8>?
        let count = nghttp2_session_mem_send(session, &bytes)
        guard count > 0 else { return false }
        send(UnsafeRawBufferPointer(start: bytes, count: count))
        return true
    }

    /// Whether both sides have said all they will.
    var isOver: Bool {
        nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
    }
}

// MARK: What a server says
extension HTTP2Session {
    /// Sends the head that `fill` makes; with `hasBody` the delegate is asked for bytes, otherwise the answer ends.
    func respond(_ stream: Int32, hasBody: Bool, _ fill: (inout HTTP2FieldBlock) -> Void) {
        var provider = nghttp2_data_provider()
        provider.read_callback = HTTP2Session.readBody
        block.removeAll()
        fill(&block)
        block.withPairs { pairs in
            withUnsafePointer(to: &provider) { provider in
                _ = nghttp2_submit_response(
                    session, stream, pairs.baseAddress, pairs.count, hasBody ? provider : nil)
            }
        }
    }

    /// The stream has bytes to send again.
    func resume(_ stream: Int32) {
        nghttp2_session_resume_data(session, stream)
    }

    func reset(_ stream: Int32, _ code: nghttp2_error_code) {
        nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, code.rawValue)
    }

    /// Bytes were read: the peer may send as many again.
    func consume(_ count: Int, on stream: Int32) {
        if nghttp2_session_consume(session, stream, count) != 0 {
            nghttp2_session_consume_connection(session, count)
        }
    }

    /// Says that the end is near, with a ping: what crosses it on the wire is still answered (RFC 9113 §6.8).
    func announceEnd() {
        nghttp2_submit_shutdown_notice(session)
        nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }

    /// Says which request was the last, and why, with words for whoever reads a trace (RFC 9113 §6.8).
    func goAway(_ code: nghttp2_error_code, _ text: StaticString = "") {
        nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(session), code.rawValue,
            text.utf8Start, text.utf8CodeUnitCount)
    }

    fileprivate func submitTrailers(_ stream: Int32, _ fields: HTTPFields) {
        block.removeAll()
        for field in fields where field.isSendable { block.append(field.name, field.value) }
        block.withPairs { pairs in
            _ = nghttp2_submit_trailer(session, stream, pairs.baseAddress, pairs.count)
        }
    }
}

// MARK: What nghttp2 calls
extension HTTP2Session {
    private static func makeOptions(_ limits: HTTPLimits) -> OpaquePointer? {
        var options: OpaquePointer?
        guard nghttp2_option_new(&options) == 0 else { return nil }
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        // A head may need so many frames of the least largest size, and few more.
        nghttp2_option_set_max_continuations(options, (limits.maxHeaderBytes + limits.maxTargetBytes) >> 14 + 8)
        // We count ourselves, and say what was too much; nghttp2's own limit lies beyond.
        let rate = UInt64(limits.maxResetRate)
        nghttp2_option_set_stream_reset_rate_limit(options, 20 * rate, 2 * rate)
        return options
    }

    private static func owner(_ pointer: UnsafeMutableRawPointer?) -> HTTP2Session? {
        pointer.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func makeCallbacks() -> OpaquePointer? {
        var callbacks: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, head, me in
            guard let head, let frame = HTTP2CheapFrame(head.pointee) else { return 0 }
            return HTTP2Session.admit(frame, me)
        }
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, _, _, me in
            HTTP2Session.admit(.reset, me)
        }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, me in
            guard let frame, frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else { return 0 }
            let accepts = HTTP2Session.owner(me)?.delegate?.streamBegan(frame.pointee.hd.stream_id) ?? false
            if !accepts {
                HTTP2Session.owner(me)?.reset(frame.pointee.hd.stream_id, NGHTTP2_REFUSED_STREAM)
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, frame, name, nameCount, value, valueCount, _, me in
            guard let frame, frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else { return 0 }
            HTTP2Session.owner(me)?.delegate?.received(
                name: UnsafeRawBufferPointer(start: name, count: nameCount),
                value: UnsafeRawBufferPointer(start: value, count: valueCount), on: frame.pointee.hd.stream_id)
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, data, count, me in
            HTTP2Session.owner(me)?.delegate?.received(
                data: UnsafeRawBufferPointer(start: data, count: count), on: stream)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, _, me in
            HTTP2Session.owner(me)?.delegate?.streamClosed(stream)
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, me in
            if let frame { HTTP2Session.owner(me)?.received(frame.pointee) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, me in
            if let frame { HTTP2Session.owner(me)?.sent(frame.pointee.hd) }
            return 0
        }
        return callbacks
    }

    private static func admit(_ frame: HTTP2CheapFrame, _ me: UnsafeMutableRawPointer?) -> Int32 {
        let isAdmitted = HTTP2Session.owner(me)?.delegate?.admits(frame) ?? false
        return isAdmitted ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }

    private func received(_ frame: nghttp2_frame) {
        let endsStream = frame.hd.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(frame.hd.type) {
        case NGHTTP2_HEADERS.rawValue:
            if frame.headers.cat == NGHTTP2_HCAT_REQUEST { delegate?.headEnded(frame.hd.stream_id) }
            if endsStream { delegate?.requestEnded(frame.hd.stream_id) }
        case NGHTTP2_DATA.rawValue:
            if endsStream { delegate?.requestEnded(frame.hd.stream_id) }
        case NGHTTP2_PING.rawValue:
            if frame.hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 { delegate?.endIsKnown() }
        default: break
        }
    }

    private func sent(_ head: nghttp2_frame_hd) {
        let isMessage = head.type == NGHTTP2_HEADERS.rawValue || head.type == NGHTTP2_DATA.rawValue
        guard isMessage, head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 else { return }
        delegate?.answerEnded(head.stream_id)
    }

    private static let readBody: nghttp2_data_source_read_callback = { _, stream, bytes, count, flags, _, me in
        guard let session = HTTP2Session.owner(me), let delegate = session.delegate, let flags else {
            return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        switch delegate.nextBytes(of: stream, into: UnsafeMutableRawBufferPointer(start: bytes, count: count)) {
        case .bytes(let count): return count
        case .later: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        case .failed: return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        case .last(let count, let trailers):
            flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if let trailers, !trailers.isEmpty {
                flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                session.submitTrailers(stream, trailers)
            }
            return count
        }
    }
}
