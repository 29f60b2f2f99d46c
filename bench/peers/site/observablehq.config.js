export default {
  root: 'src',
  title: 'Carriers',
  telemetry: false,
  search: false,
  globalStylesheets: [],
  style: 'style.css',
};
