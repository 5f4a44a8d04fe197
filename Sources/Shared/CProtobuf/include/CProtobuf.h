#pragma once
// The small C surface of protobuf-c that Hilum uses: its generic pack and unpack, and the descriptors of our messages.
// The structs that scripts/generate-proto writes into generated/ stay inside this target: Swift reaches their fields
// through the descriptors.
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/// Every message descriptor, `*count` of them, nested messages included.
const ProtobufCMessageDescriptor *_Nonnull const *_Nonnull hilum_message_descriptors(size_t *_Nonnull count);

/// Every proto file as a serialised google.protobuf.FileDescriptorSet, `*count` bytes of it.
const unsigned char *_Nonnull hilum_file_descriptor_set(size_t *_Nonnull count);
