#pragma once
// DCMTK's transport, handed on to the caller's.
#include "CDCMTKNetwork.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>

#include <functional>

namespace hilum {

class Connection final : public DcmTransportConnection {
  public:
    Connection(int descriptor, const dul_transport &transport)
        : DcmTransportConnection(descriptor), transport(transport), descriptor(descriptor) {}
    ~Connection() override { end(); }

    OFCondition serverSideHandshake() override { return open(); }
    OFCondition clientSideHandshake() override { return open(); }
    OFCondition renegotiate(const char *) override { return EC_IllegalCall; }
    ssize_t read(void *bytes, size_t count) override {
        // DCMTK tries again by itself where errno is EINTR, so what an earlier call left there must not be seen.
        errno = 0;
        return transport.read(transport.context, bytes, count);
    }
    ssize_t write(void *bytes, size_t count) override { return transport.write(transport.context, bytes, count); }
    void close() override { end(); }
    void closeTransportConnection() override { end(); }
    unsigned long getPeerCertificateLength() override { return 0; }
    unsigned long getPeerCertificate(void *, unsigned long) override { return 0; }
    OFBool networkDataAvailable(int seconds) override { return transport.readable(transport.context, seconds); }
    /// "No" keeps DCMTK from reading or waiting on the socket by itself.
    OFBool isTransparentConnection() override { return OFFalse; }
    OFString &dumpConnectionParameters(OFString &text) override { return text; }

  private:
    OFCondition open() {
        return transport.open(transport.context, descriptor) ? EC_Normal : DUL_NETWORKCLOSED;
    }
    void end() {
        if (!ended) transport.close(transport.context);
        ended = true;
    }

    const dul_transport transport;
    const int descriptor;
    bool ended = false;
};

class Layer final : public DcmTransportLayer {
  public:
    /// `connected` runs as soon as DCMTK has got hold of the socket.
    Layer(const dul_transport &transport, std::function<void()> connected)
        : transport(transport), connected(std::move(connected)) {}

    DcmTransportConnection *createConnection(DcmNativeSocketType descriptor, OFBool) override {
        connected();
        return new Connection(descriptor, transport);
    }

  private:
    const dul_transport transport;
    const std::function<void()> connected;
};

}  // namespace hilum
