package import Foundation

extension Volume {
    /// One NIfTI-1 or NIfTI-2 file, gzipped or not; of a time series the first volume.
    ///
    /// The axes come from the sform where `sform_code > 0`, else from the qform where `qform_code > 0`, else from
    /// `pixdim` with the axes taken as right, anterior and superior. NIfTI is RAS: x and y change sign here.
    ///
    /// - Throws: `ImagingError.nifti` and `ImagingError.volume`.
    package init(nifti bytes: Data, limits: VolumeLimits = VolumeLimits()) throws(ImagingError) {
        do {
            try self.init(niftiFile: bytes, limits: limits)
        } catch let error as NIfTIError {
            throw .nifti(error)
        } catch let error as VolumeError {
            throw .volume(error)
        } catch {
            throw .nifti(.notNIfTI)
        }
    }

    private init(niftiFile bytes: Data, limits: VolumeLimits) throws {
        let packed = Gzip.isGzip(bytes)
        let file = packed ? try Gzip.unpack(bytes, limit: limits.maxUnpackedBytes) : bytes
        let header = try NIfTIHeader(file)
        var steps = packed ? ["unpacked gzip"] : []

        let extents = header.extents
        guard let count = extents[0].multiplied(by: extents[1], extents[2]), count <= limits.maxVoxels else {
            throw VolumeError.tooManyVoxels(found: limits.maxVoxels + 1, limit: limits.maxVoxels)
        }
        if let thinnest = extents.prefix(3).min(), thinnest < limits.minSlices {
            throw VolumeError.tooFewSlices(found: thinnest, required: limits.minSlices)
        }
        let needed = header.voxelOffset + count * header.datatype.byteCount
        guard file.count >= needed else { throw NIfTIError.truncated(needed: needed, found: file.count) }
        guard header.affineLPS.isInvertible else { throw NIfTIError.invalidField(name: "xyzt_units") }
        let further = extents.dropFirst(3).filter { $0 > 1 }
        if !further.isEmpty {
            steps.append("took the first of \(further.map(String.init).joined(separator: " × ")) volumes")
        }

        var voxels = header.voxels(in: file, count: count)
        if let scale = header.scale {
            for index in voxels.indices { voxels[index] = Float(Double(voxels[index]) * scale.slope + scale.intercept) }
            steps.append("applied scl_slope and scl_inter")
        }
        if voxels.replaceNonFinite() { steps.append("set voxels that are no numbers to 0") }
        switch header.orientation {
        case .sform: steps.append("took orientation from the sform")
        case .qform: steps.append("took orientation from the qform")
        case .none: steps.append("no orientation in the file: took the axes as right, anterior and superior")
        }
        if header.millimetresPerUnit != 1 { steps.append("converted lengths to mm") }
        self.init(
            grid: Grid(columns: extents[0], rows: extents[1], slices: extents[2], affine: header.affineLPS),
            voxels: voxels, source: .nifti, appliedSteps: steps)
    }
}

extension NIfTIHeader {
    /// Voxel (i, j, k) to LPS mm.
    fileprivate var affineLPS: Affine {
        func lps(_ v: Vector3D) -> Vector3D { Vector3D(-v.x, -v.y, v.z) * millimetresPerUnit }
        return Affine(
            columnStep: lps(affineRAS.columnStep), rowStep: lps(affineRAS.rowStep), sliceStep: lps(affineRAS.sliceStep),
            origin: lps(affineRAS.origin))
    }

    /// The first `count` voxels without scaling. The file must hold them.
    fileprivate func voxels(in file: Data, count: Int) -> [Float] {
        switch datatype {
        case .uint8: read(file, count, UInt8.self) { Float($0) }
        case .int8: read(file, count, UInt8.self) { Float(Int8(bitPattern: $0)) }
        case .int16: read(file, count, UInt16.self) { Float(Int16(bitPattern: $0)) }
        case .uint16: read(file, count, UInt16.self) { Float($0) }
        case .int32: read(file, count, UInt32.self) { Float(Int32(bitPattern: $0)) }
        case .uint32: read(file, count, UInt32.self) { Float($0) }
        case .int64: read(file, count, UInt64.self) { Float(Int64(bitPattern: $0)) }
        case .uint64: read(file, count, UInt64.self) { Float($0) }
        case .float32: read(file, count, UInt32.self) { Float(bitPattern: $0) }
        case .float64: read(file, count, UInt64.self) { Float(Double(bitPattern: $0)) }
        }
    }

    private func read<T: FixedWidthInteger>(
        _ file: Data, _ count: Int, _ type: T.Type, _ value: (T) -> Float
    ) -> [Float] {
        file.withUnsafeBytes { (raw: UnsafeRawBufferPointer) in
            [Float](unsafeUninitializedCapacity: count) { result, initialized in
                for index in 0..<count {
                    let offset = voxelOffset + index * MemoryLayout<T>.size
                    let bits = raw.loadUnaligned(fromByteOffset: offset, as: T.self)
                    result[index] = value(isBigEndian ? T(bigEndian: bits) : T(littleEndian: bits))
                }
                initialized = count
            }
        }
    }
}

extension [Float] {
    /// Sets what is not a number, or too large to reckon with, to 0 and says whether there was any.
    mutating func replaceNonFinite() -> Bool {
        var found = false
        for index in indices where !(abs(self[index]) < 1e36) {
            self[index] = 0
            found = true
        }
        return found
    }
}
