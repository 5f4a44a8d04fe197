/// The words that may stay in a description. What is not among them goes: a name can be any word, so words that are
/// known to be harmless are kept rather than such that are known to be names taken out.
package enum DescriptorVocabulary {
    /// The description with the words of radiology alone; empty where none is left.
    ///
    /// - Parameter isIdentifier: says of a word whether the object itself uses it to name somebody.
    package static func cleaned(_ text: String, isIdentifier: (String) -> Bool) -> String {
        let chunks = text.split(whereSeparator: \.isWhitespace).filter { !isLikeDate($0) }
        let parts = chunks.flatMap { $0.split { !($0.isLetter || $0.isNumber || $0 == "+" || $0 == "*") } }
        let kept = parts.map(String.init).filter { word in
            (words.contains(word.lowercased()) || isShortNumber(word)) && !isIdentifier(word)
        }
        return kept.joined(separator: " ")
    }

    /// - Parameter word: in small letters.
    static func contains(_ word: String) -> Bool { words.contains(word) }

    /// Numbers with a mark between them: a date, a time, a number of somebody.
    private static func isLikeDate(_ chunk: Substring) -> Bool {
        chunk.split { !$0.isNumber }.count > 1 && chunk.contains { ".-/:".contains($0) }
    }

    /// Slices, echoes, magnets: one or two digits, which is no date and no number of a person.
    private static func isShortNumber(_ word: String) -> Bool {
        word.utf8.count <= 2 && word.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static let words: Set<String> = Set(
        """
        2ch 2d 3ch 3d 4ch 4d abdomen abdominal acquisition adc afi angio angiography ankle anterior aorta aortic ap apical
        arch arm arterial artery asl atlas atrium auto average axial axis b b0 b1000 b800 back basal baseline bh bilateral
        black blade blood body bold bone bones bowel brain breast breath bright bright brust c1 c2 c3 c4 c5 c6 c7 calibration
        cardiac cardio caudal ce cervical cest chest cine clavicle coil colon compressed contrast cor coronal coronary cr cspine
        ct cta dark delayed derived dess diaphragm diastolic diffusion digital dir dixon dual dti dwi dx dynamic ecg echo
        elbow enhanced enhancement epi erect esophagus exam expiration extremity fa face facial fast fat femur fgre fiesta filtered
        finger first flair flash flow fluid foot fov frame free frontal fs fse full function functional gad gated gd gradient gre hand
        haste head heart hepatic high hip hires humerus ileum image in inferior inflow inner inspiration inversion ir iso
        isotropic joint kidney knee l1 l2 l3 l4 l5 la lao lat lateral lax left leg leg lge limb liver loc localiser localizer
        long low lower lspine lumbar lung lungs magnitude map mapping mask medial median mediastinum mdixon mip molli moco
        motion mp2rage mpr mprage mr mra mrcp mri mrv multi navigator neck non none normal oblique off on opposed optic orbit
        out outer pa pancreas parallel patella pc pd pelvic pelvis perfusion perf petrous phase planar plane portable portal
        post posterior pre processed prone propeller proton protocol pulmonary qc quiet radial radiograph radius rao rapid rare ratio
        reconstruction ref reference reformat reformatted renal rest rib ribs right sa sag sagittal sat saturation sax scan
        scanogram scapula scout screening se sense sequence series short shoulder single sinus sinuses skull slab slice slices
        soft space spectroscopy spgr spine spleen spin spoiled ssfp standard standing static sternum stir stomach stress study
        subtraction superior supine survey suppressed swi systolic t1 t1w t2 t2* t2w t1map t2map thick thickness thigh thin thoracic
        thorax three three thyroid tibia time tir tirm tissue tof toe torso tra trace transversal transverse true trufi
        trunk tse turbo two ultrasound ulna upper us venc venography venous ventricle ventricular view views vibe volume w water
        weighted whole with without wrist xr xray x ray
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
