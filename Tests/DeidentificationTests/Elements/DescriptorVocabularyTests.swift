import Deidentification
import Testing

@Suite struct DescriptorVocabularyTests {
    @Test(arguments: [
        ("T2 TSE axial", "T2 TSE axial"), ("CHEST, PA + LAT", "CHEST PA LAT"), ("Doe^John CHEST", "CHEST"),
        ("b1000 ADC 12345", "b1000 ADC"), ("ses 03 1961-04-12", "03"), ("Müller thorax", "thorax"), ("", ""),
        ("Dr. Roe: see John's chest", "chest"),
    ])
    func `words of radiology stay, all others go`(text: String, expected: String) {
        #expect(DescriptorVocabulary.cleaned(text) { _ in false } == expected)
    }

    @Test func `a word of radiology that is a name here goes too`() {
        #expect(DescriptorVocabulary.cleaned("chest of Hand") { $0 == "Hand" } == "chest")
    }
}
