/// What BodyPartExamined (0018,0015) says about a chest. Real headers are often empty or free text ("PORTABLE CHEST",
/// "NON GRID CHEST"), so only a part that is named and clearly another one counts.
enum BodyPart {
    private static let chest = [
        "CHEST", "THORAX", "LUNG", "HEART", "RIB", "STERNUM", "CLAVICLE", "TSPINE", "MEDIASTINUM",
    ]
    /// Defined terms of PS3.16 Annex L and of older files, for parts that a chest image does not show.
    private static let others = [
        "ABDOMEN", "PELVIS", "HIP", "SKULL", "HEAD", "BRAIN", "NECK", "CSPINE", "LSPINE", "SSPINE", "COCCYX", "ARM",
        "ELBOW", "FOREARM", "WRIST", "HAND", "FINGER", "THUMB", "LEG", "KNEE", "ANKLE", "FOOT", "TOE", "CALCANEUS",
        "FEMUR", "HUMERUS", "BREAST", "JAW", "NOSE", "ORBIT", "SINUS", "TEETH", "WHOLEBODY",
    ]

    static func namesAnotherPart(_ value: String?) -> Bool {
        guard let value = value?.uppercased() else { return false }
        if chest.contains(where: { value.contains($0) }) { return false }
        let words = value.split { !$0.isLetter }.map(String.init)
        return others.contains { part in words.contains(part) || words.joined() == part }
    }
}

/// What ViewPosition (0018,5101) says; PA, AP, nothing and what is not known count as frontal.
enum ViewPosition {
    /// Lateral, oblique and decubitus views (PS3.3 §C.8.1.1, defined terms).
    private static let notFrontal: Set<String> = [
        "LL", "RL", "LAT", "LLAT", "RLAT", "LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "LLD", "RLD",
    ]

    static func isNotFrontal(_ value: String?) -> Bool {
        guard let value = value?.uppercased() else { return false }
        let words = value.split { !$0.isLetter }.map(String.init)
        return words.contains { word in
            notFrontal.contains(word) || ["LATERAL", "OBLIQUE", "DECUBITUS"].contains { word.hasPrefix($0) }
        }
    }
}
