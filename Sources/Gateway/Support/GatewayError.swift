package import RPC
import ServiceKit

/// Why the gateway does not do what it was asked.
package enum GatewayError: Error, Equatable, Sendable {
    /// A field of the request that has to be there is empty.
    case missingField(String)
    /// A field of the request lies outside its limits.
    case fieldOutOfRange(field: String, found: String, limit: String)
    /// A page token that was not written by this gateway.
    case malformedPageToken
    /// The ledger holds no such study.
    case unknownStudy
    /// A resume token that this ledger did not write.
    case foreignResumeToken
    /// As many watch the worklist as may.
    case tooManyWatchers(limit: Int)
    /// The gateway is about to end; whoever watches goes on elsewhere.
    case ending
    /// A reader's deed that is not done.
    case review(ReviewRefusal)
    /// The body of a page's request is not the JSON it should be.
    case malformedPageRequest
    /// One stream brought more instances than it may.
    case tooManyInstances(limit: Int)
}

extension GatewayError: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .missingField(let field):
            RPCStatus(
                .invalidArgument, reason: "MISSING_FIELD", "\(field) is required", field: field,
                remedy: "Set the field.")
        case .fieldOutOfRange(let field, let found, let limit):
            RPCStatus(
                .invalidArgument, reason: "FIELD_OUT_OF_RANGE", "\(field) is \(found), allowed: \(limit)", field: field,
                found: found, limit: limit, remedy: "Set the field to what is allowed.")
        case .malformedPageToken:
            RPCStatus(
                .invalidArgument, reason: "MALFORMED_PAGE_TOKEN", "page_token is not one of this gateway",
                field: "page_token", remedy: "Use next_page_token of the page before, or none for the first page.")
        case .malformedPageRequest:
            RPCStatus(
                .invalidArgument, reason: "MALFORMED_REQUEST", "the body is not the JSON that belongs to this path",
                field: "body", remedy: "Load the page again.")
        case .unknownStudy:
            RPCStatus(
                .notFound, reason: "UNKNOWN_STUDY", "no such study", field: "study_instance_uid",
                remedy: "Submit an instance of the study first.")
        case .foreignResumeToken:
            RPCStatus(
                .invalidArgument, reason: "FOREIGN_RESUME_TOKEN", "resume_token is not one of this ledger",
                field: "resume_token", remedy: "List the worklist and watch from its resume_token on.")
        case .tooManyWatchers(let limit):
            RPCStatus(
                .resourceExhausted, reason: "TOO_MANY_WATCHERS", "\(limit) clients watch the worklist already",
                limit: "\(limit)", remedy: "Try again later, or list the worklist instead.")
        case .ending:
            RPCStatus(
                .unavailable, reason: "ENDING", "the gateway is about to end",
                remedy: "Watch again with the last resume_token.")
        case .review(let refusal): refusal.rpcStatus
        case .tooManyInstances(let limit):
            RPCStatus(
                .resourceExhausted, reason: "TOO_MANY_INSTANCES", "more than \(limit) instances in one stream",
                field: "instances", limit: "\(limit)", remedy: "Send the rest in another call; what was sent is kept.")
        }
    }
}

extension ReviewRefusal: RPCStatusConvertible {
    package var rpcStatus: RPCStatus {
        switch self {
        case .claimedByAnother(let reader):
            RPCStatus(
                .failedPrecondition, reason: "CLAIMED_BY_ANOTHER", "another reader has claimed the study",
                field: "reader", found: reader, remedy: "Wait until that reader accepts, rejects or releases it.")
        case .notClaimed:
            RPCStatus(
                .failedPrecondition, reason: "NOT_CLAIMED", "the reader has not claimed the study", field: "action",
                remedy: "CLAIM the study first.")
        case .unknownFinding:
            RPCStatus(
                .invalidArgument, reason: "UNKNOWN_FINDING", "the study has no such flagged finding", field: "finding",
                remedy: "Name one of flagged_findings, or leave it empty for the study as a whole.")
        }
    }
}

extension StorageError: RPCStatusConvertible {
    /// A full disk asks the sender to wait; anything else of the disk is ours to mend, and the sender may try again.
    package var rpcStatus: RPCStatus {
        switch self {
        case .noSpace:
            RPCStatus(
                .resourceExhausted, reason: "STORAGE_FULL", "the gateway's disk is full",
                remedy: "Free space on the gateway's disk, then send again.")
        case .belowWatermark(let bytes):
            RPCStatus(
                .resourceExhausted, reason: "STORAGE_LOW", "the gateway's disk is nearly full",
                limit: "\(bytes) bytes free", remedy: "Free space on the gateway's disk, then send again.")
        case .systemCall, .missingBlob, .hashing, .inUse, .database, .ledgerUnreachable, .query, .newerSchema,
            .unreadableRow:
            RPCStatus(
                .unavailable, reason: "STORAGE_FAILED", "the gateway's store failed",
                remedy: "See the gateway's log, then send again.")
        }
    }
}
