import HTTP

enum GRPCServerCall {
    static func respond(to request: HTTPRequest, _ type: MediaType, _ router: RPCRouter) async -> HTTPResponse {
        HTTPResponse(status: 501)
    }
}
enum ConnectServerCall {
    static func respond(to request: HTTPRequest, _ type: MediaType, _ router: RPCRouter) async -> HTTPResponse {
        HTTPResponse(status: 501)
    }
}
