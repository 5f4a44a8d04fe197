import DICOMweb
import Imaging
import Testing

@Suite struct ResourceTests {
    private static let instance = Resource.Scope(study: "1.2", series: "3", instance: "4")

    @Test(arguments: [
        ("/studies", Resource.studies),
        ("/studies/", .studies),
        ("/series", .allSeries),
        ("/instances", .allInstances),
        ("/studies/1.2", .objects(.init(study: "1.2"))),
        ("/studies/1.2/metadata", .metadata(.init(study: "1.2"))),
        ("/studies/1.2/rendered", .rendered(.init(study: "1.2"), frames: nil)),
        ("/studies/1.2/thumbnail", .thumbnail(.init(study: "1.2"), frames: nil)),
        ("/studies/1.2/series", .seriesOfStudy(.init(study: "1.2"))),
        ("/studies/1.2/instances", .instancesOf(.init(study: "1.2"))),
        ("/studies/1.2/series/3", .objects(.init(study: "1.2", series: "3"))),
        ("/studies/1.2/series/3/instances", .instancesOf(.init(study: "1.2", series: "3"))),
        ("/studies/1.2/series/3/instances/4", .objects(instance)),
        ("/studies/1.2/series/3/instances/4/metadata", .metadata(instance)),
        ("/studies/1.2/series/3/instances/4/frames/1,2", .frames(instance, [1, 2])),
        ("/studies/1.2/series/3/instances/4/frames/1%2c2", .frames(instance, [1, 2])),
        ("/studies/1.2/series/3/instances/4/frames/2/rendered", .rendered(instance, frames: [2])),
        ("/studies/1.2/series/3/instances/4/bulkdata/7FE00010", .bulkData(instance, .init(tag: .pixelData))),
        (
            "/studies/1.2/series/3/instances/4/bulkdata/52009229/1/7fe00010",
            .bulkData(
                instance,
                .init(steps: [.init(sequence: .sharedFunctionalGroupsSequence, item: 1)], tag: .pixelData))
        ),
    ])
    func `a path names what it says`(path: String, resource: Resource) {
        #expect(Resource(path: path) == resource)
    }

    @Test(arguments: [
        "", "/", "studies", "/patients", "/studies/x", "/studies/1.2/series/", "/studies/1.2/frames/1", "/series/3",
        "/studies/1.2/series/3/instances/4/frames", "/studies/1.2/series/3/instances/4/frames/0",
        "/studies/1.2/series/3/instances/4/frames/1,,2", "/studies/1.2/series/3/instances/4/frames/-1",
        "/studies/1.2/series/3/instances/4/bulkdata", "/studies/1.2/series/3/instances/4/bulkdata/7FE0001",
        "/studies/1.2/series/3/instances/4/bulkdata/52009229/0/7FE00010",
        "/studies/1.2/series/3/instances/4/bulkdata/+FE00010", "/studies//series", "/studies/1.2/../../etc",
    ])
    func `a path that names nothing is none`(path: String) {
        if path == "/studies/1.2/series/" {
            #expect(Resource(path: path) == .seriesOfStudy(.init(study: "1.2")))
        } else {
            #expect(Resource(path: path) == nil)
        }
    }

    @Test func `a path to bulk data is written as it is read`() throws {
        let path = BulkDataPath(steps: [.init(sequence: .voiLUTSequence, item: 2)], tag: .lutData)
        #expect(path.text == "00283010/2/00283006")
        let resource = Resource(path: "/studies/1/series/2/instances/3/bulkdata/\(path.text)")
        #expect(resource == .bulkData(.init(study: "1", series: "2", instance: "3"), path))
    }
}
