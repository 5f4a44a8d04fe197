import Foundation
import Wire

/// The answers of the protocol in JSON.
extension JSONOutput {
    /// An object whose members are written by `write`, which separates them with `member`.
    func object(_ write: (inout Bool) throws(InferenceError) -> Void) throws(InferenceError) {
        open("{")
        var isFirst = true
        try write(&isFirst)
        close("}", isEmpty: isFirst)
    }

    /// The name of the next member; its value follows.
    func member(_ name: String, _ isFirst: inout Bool) {
        separate(isFirst: isFirst)
        isFirst = false
        append(key: name)
    }

    func member(_ name: String, text: String, _ isFirst: inout Bool) {
        member(name, &isFirst)
        append(quoted: text)
    }

    func member(_ name: String, number: some BinaryInteger, _ isFirst: inout Bool) {
        member(name, &isFirst)
        append(String(number))
    }

    func array<Element>(
        _ elements: some Sequence<Element>, _ write: (Element) throws(InferenceError) -> Void
    ) throws(InferenceError) {
        open("[")
        var isFirst = true
        for element in elements {
            separate(isFirst: isFirst)
            isFirst = false
            try write(element)
        }
        close("]", isEmpty: isFirst)
    }

    /// The elements of a tensor, flat.
    ///
    /// - Throws: `InferenceError.notInJSON`, `.rawOnly`.
    func elements(of tensor: Tensor) throws(InferenceError) {
        switch tensor.datatype {
        case .bool: try array(tensor.bytes) { append($0 != 0 ? "true" : "false") }
        case .uint8: try numbers(tensor, UInt8.self)
        case .uint16: try numbers(tensor, UInt16.self)
        case .uint32: try numbers(tensor, UInt32.self)
        case .uint64: try numbers(tensor, UInt64.self)
        case .int8: try numbers(tensor, Int8.self)
        case .int16: try numbers(tensor, Int16.self)
        case .int32: try numbers(tensor, Int32.self)
        case .int64: try numbers(tensor, Int64.self)
        case .fp32: try floating(tensor, Float.self)
        case .fp64: try floating(tensor, Double.self)
        case .bytes:
            try array(tensor.strings) { (string) throws(InferenceError) in
                guard let text = String(validating: string, as: UTF8.self) else {
                    throw .notInJSON(tensor: tensor.name)
                }
                append(quoted: text)
            }
        case .fp16, .bf16: throw .rawOnly(tensor: tensor.name)
        }
    }

    private func numbers<Number: BitwiseCopyable & BinaryInteger>(
        _ tensor: Tensor, _ type: Number.Type
    ) throws(InferenceError) {
        try array(tensor.bytes.elements(type)) { append(String($0)) }
    }

    private func floating<Number: BitwiseCopyable & BinaryFloatingPoint & CustomStringConvertible>(
        _ tensor: Tensor, _ type: Number.Type
    ) throws(InferenceError) {
        try array(tensor.bytes.elements(type)) { (value) throws(InferenceError) in
            guard value.isFinite else { throw .notInJSON(tensor: tensor.name) }
            append(value.description)
        }
    }
}
